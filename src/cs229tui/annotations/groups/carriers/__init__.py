"""What brings a group's folder to the others: a folder that something else syncs, git, or a zip sent by e-mail."""
