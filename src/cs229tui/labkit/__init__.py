"""What a lab's main.py imports: parameters, devices, data, the run's log and its claims."""
