"""Every action of the screens, once: footer, palette, help, the docs and the student's own keys all come from here.

A scope is a screen or widget that says `BINDINGS = bindings("library")`. The id `library.open` is what `config.toml`
names to give an action other keys; `action` is the method (`action_open`) or Textual action that does it.
"""

import msgspec
from textual.binding import Binding


class Action(msgspec.Struct, frozen=True):
    """One thing a person can do. `keys` are comma-separated; `footer` says whether the bottom line has room for it."""

    id: str
    keys: str
    action: str
    label: str
    help: str
    footer: bool = False
    priority: bool = False

    @property
    def scope(self) -> str:
        """Where it can be done."""
        return self.id.split(".")[0]


# The tabs, in the order of their keys: the name of each mode and its label.
TABS: tuple[tuple[str, str], ...] = (
    ("today", "Today"),
    ("course", "Course"),
    ("library", "Library"),
    ("discuss", "Discuss"),
    ("notes", "Notes"),
    ("labs", "Labs"),
)

ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("app.today", "1", "tab('today')", "Today", "What is due, and where you left off."),
    Action("app.course", "2", "tab('course')", "Course", "The lectures, their readings, links and labs."),
    Action("app.library", "3", "tab('library')", "Library", "All readings in one table."),
    Action("app.discuss", "4", "tab('discuss')", "Discuss", "Everything written on the readings."),
    Action("app.notes", "5", "tab('notes')", "Notes", "Your notes."),
    Action("app.labs", "6", "tab('labs')", "Labs", "The mini-labs and their runs."),
    Action("app.cards", "f7", "cards", "flash cards", "Be asked your flash cards, or look through them."),
    Action("app.search", "slash", "search", "search", "Search everything: readings, pages, annotations, notes.", True),
    Action("app.help", "question_mark,f1", "help", "help", "What the keys do here.", True),
    Action("app.palette", "ctrl+p", "command_palette", "palette", "Find any action by its name.", True),
    Action("app.settings", "comma,f2", "settings", "settings", "Change the settings."),
    Action("app.undo", "u,ctrl+z", "undo", "undo", "Take back the last change."),
    Action("app.theme", "f3", "change_theme", "theme", "Choose other colours."),
    Action("app.guide", "f4", "guide", "guide", "Read the guide to this program."),
    Action("app.stop_fetching", "f6", "stop_fetching", "stop fetching", "Stop bringing documents in."),
    Action("app.not_here", "f8", "not_here", "not here", "What could not be fetched, and why."),
    Action("app.groups", "f9", "groups", "groups", "Your groups: who is in them, what waits; make, join, leave one."),
    Action("app.quit", "ctrl+q", "quit", "quit", "Leave; nothing needs saving.", priority=True),
    Action("app.interrupt", "ctrl+c", "interrupt", "leave", "Pressed twice: leave."),
    # Every list
    Action("list.up", "up,k", "cursor(-1)", "up", "One row up."),
    Action("list.down", "down,j", "cursor(1)", "down", "One row down."),
    Action("list.half_up", "ctrl+u", "page(-1)", "half up", "Half a screen up."),
    Action("list.half_down", "ctrl+d", "page(1)", "half down", "Half a screen down."),
    Action("list.page_up", "pageup", "page(-2)", "page up", "A screen up."),
    Action("list.page_down", "pagedown", "page(2)", "page down", "A screen down."),
    Action("list.first", "home,g", "edge(-1)", "first", "The first row."),
    Action("list.last", "end,G,shift+g", "edge(1)", "last", "The last row."),
    Action("list.choose", "enter", "choose", "open", "Open what the cursor is on.", True),
    # The reading under the cursor
    Action(
        "reading.status", "space", "status", "status", "Next status: reading, skimmed, done, set aside, unread.", True
    ),
    Action("reading.fetch", "f", "fetch", "fetch", "Download its document and keep it.", True),
    Action("reading.fetch_all", "F,shift+f", "fetch_all", "fetch all", "Fetch all listed here, all required, or all."),
    Action("reading.attach", "a", "attach", "attach", "Take its document from a file on your disk."),
    Action("reading.link", "o", "link", "browser", "Open its page in the browser.", True),
    Action("reading.copy_link", "y", "copy_link", "copy link", "Copy its address."),
    Action("reading.cite", "Y,shift+y", "cite", "copy citation", "Copy its authors, title, year and address."),
    Action("reading.rate", "r", "rate", "rate", "Rate it: one star more, after five none."),
    Action("reading.urgent", "plus,equals_sign", "priority(1)", "more urgent", "Raise its priority."),
    Action("reading.later", "minus", "priority(-1)", "less urgent", "Lower its priority."),
    Action("reading.note", "n", "note", "note", "Write a note on it."),
    Action("reading.confusion", "Q,shift+q", "confusion", "what confuses", "The passages that people ask about most."),
    Action("reading.score", "S,shift+s", "score", "score", "How you stand in its discussion, and rate your comments."),
    # Today
    Action("today.next", "right,l", "panel(1)", "next panel", "To the next panel."),
    Action("today.previous", "left,h", "panel(-1)", "previous panel", "To the panel before."),
    # Course
    Action("course.detail", "right,l", "side(1)", "to its readings", "From the lectures to what belongs to one."),
    Action("course.lectures", "left,h,escape", "side(-1)", "to the lectures", "Back to the list of lectures."),
    Action("course.attended", "t", "did('attended')", "attended", "You were there, or not."),
    Action("course.watched", "w", "did('watched')", "watched", "You saw the recording, or not."),
    Action("course.slides", "s", "did('slides_read')", "slides read", "You read the slides, or not."),
    Action("course.comment", "c", "annotate('comment')", "comment", "Comment on the lecture, or on one of its topics."),
    Action("course.question", "q", "annotate('question')", "question", "Ask about the lecture, or one of its topics."),
    Action("course.lab", "L,shift+l", "lab", "lab", "The labs of this lecture, each on its key."),
    # Library
    Action("library.narrow", "i,ctrl+f", "narrow", "narrow", "Type to narrow the list.", True),
    Action("library.lecture", "l", "filter('lecture')", "lecture", "Only one lecture's readings."),
    Action("library.state", "s", "filter('status')", "by status", "Only readings of one status."),
    Action("library.kind", "c", "filter('kind')", "kind", "Only one kind: papers, posts, books, …"),
    Action("library.topic", "t", "filter('topic')", "topic", "Only one topic."),
    Action("library.required", "m", "flip('required')", "required", "Only required readings, or all."),
    Action("library.document", "d", "flip('document')", "here", "Only readings whose document is here, or all."),
    Action("library.sort_next", "right_square_bracket,right", "sort(1)", "sort by next", "Sort by the next column."),
    Action(
        "library.sort_previous", "left_square_bracket,left", "sort(-1)", "sort by previous", "Sort by the one before."
    ),
    Action("library.reverse", "v", "reverse", "reverse", "Turn the order round."),
    Action("library.clear", "escape", "clear", "clear", "Drop all filters."),
    # Notes
    Action("notes.new", "n", "new", "new", "Write a new note.", True),
    Action("notes.edit", "e", "edit", "edit", "Edit the note.", True),
    Action("notes.delete", "d,delete", "delete", "delete", "Put the note away; u brings it back.", True),
    Action("notes.copy", "y", "copy", "copy", "Copy the note's text."),
    Action("notes.reading", "o", "reading", "its passage", "Open the passage, reading or lecture that it is on."),
    Action("notes.cards", "c", "cards", "flash cards", "The flash cards."),
    Action("notes.preview", "right,l", "side(1)", "to the text", "Scroll the note's text."),
    Action("notes.list", "left,h", "side(-1)", "to the list", "Back to the list."),
    # The flash cards
    Action("cards.review", "space,r", "review", "review", "Be asked the cards that are due.", True),
    Action("cards.edit", "e", "edit", "edit", "Change the card.", True),
    Action("cards.passage", "o", "passage", "its passage", "Open the passage it was made from.", True),
    Action("cards.delete", "d,delete", "delete", "delete", "Put the card away; u brings it back.", True),
    Action("cards.back", "escape", "back", "back", "Back to where you came from.", True),
    # Being asked the cards
    Action("review.turn", "space,enter", "turn", "turn", "Show the back.", True),
    Action("review.again", "1", "answer('again')", "again", "You did not know it."),
    Action("review.hard", "2", "answer('hard')", "hard", "You knew it with effort."),
    Action("review.good", "3", "answer('good')", "good", "You knew it."),
    Action("review.easy", "4", "answer('easy')", "easy", "You knew it at once."),
    Action("review.passage", "o", "passage", "its passage", "Open the passage it was made from.", True),
    Action("review.edit", "e", "edit", "edit", "Change the card.", True),
    Action("review.delete", "d,delete", "delete", "delete", "Put the card away; u brings it back."),
    Action("review.back", "escape", "back", "back", "Back to the list.", True),
    # A video
    Action("video.play", "o", "play", "play", "Play it where you left it, or from its start.", True),
    Action("video.pause", "space", "pause", "pause", "Pause and go on; in the browser's case, the watch here.", True),
    Action("video.comment", "n,a,c", "annotate('comment')", "note", "Write a note on this moment.", True),
    Action("video.question", "q", "annotate('question')", "question", "Ask about this moment.", True),
    Action("video.time", "t,colon,ctrl+g", "time", "time", "Type a time to go to.", True),
    Action("video.seek_back", "left,h", "seek(-10)", "back", "Ten seconds back."),
    Action("video.seek", "right,l", "seek(10)", "on", "Ten seconds on."),
    Action("video.minute_back", "shift+left,H,shift+h", "seek(-60)", "minute back", "A minute back."),
    Action("video.minute", "shift+right,L,shift+l", "seek(60)", "minute on", "A minute on."),
    Action("video.reply", "r", "written('reply')", "reply", "Answer what is under the cursor."),
    Action("video.edit", "e", "written('edit')", "edit", "Change what you wrote."),
    Action("video.remove", "x,delete", "written('remove')", "delete", "Delete it; u brings it back."),
    Action("video.resolve", "R,shift+r", "written('resolve')", "resolve", "A question with its answer; again: open."),
    Action("video.private", "P,shift+p", "annotate('note')", "private note", "Note for yourself on this moment."),
    Action("video.upvote", "plus,equals_sign", "written('upvote')", "upvote", "Upvote it; again: take that back."),
    Action("video.me_too", "m", "written('me_too')", "me too", "You have this question too; again: no longer."),
    Action("video.answer", "A,shift+a", "written('answer')", "the answer", "This reply answers your question."),
    Action("video.follow", "F,shift+f", "written('follow')", "follow", "Follow the conversation, or no longer."),
    Action("video.history", "i", "written('history')", "history", "What it said before it was changed."),
    Action("video.links", "O,shift+o", "written('links')", "open link", "Open what it links to."),
    Action("video.browser", "b", "browser", "browser", "Open it in the browser at this second.", True),
    Action("video.copy", "y", "copy", "copy link", "Copy its address at this second."),
    Action("video.file", "f", "file", "file", "Name a file of it on your disk, to be played instead."),
    Action("video.document", "d", "document", "text", "Read the document that belongs to it."),
    Action("video.conversations", "T,shift+t", "conversations", "conversations", "What is said of this video."),
    Action("video.confusion", "Q,shift+q", "confusion", "what confuses", "The moments here that people ask about."),
    Action("video.done", "D,shift+d", "done", "done", "Mark it as done."),
    Action("video.back", "escape", "back", "back", "Stop, and back to where you came from.", True),
    # The note editor
    Action("editor.done", "escape,ctrl+s", "done", "done", "Back; what you wrote is kept.", True, priority=True),
    # Search
    Action("search.down", "down,ctrl+n", "move(1)", "down", "The next result."),
    Action("search.up", "up,ctrl+k", "move(-1)", "up", "The result before."),
    Action("search.page_down", "pagedown", "move(10)", "page down", "Ten results down."),
    Action("search.page_up", "pageup", "move(-10)", "page up", "Ten results up."),
    Action("search.back", "escape", "back", "back", "Back to where you came from.", True),
    # Settings
    Action("settings.reset", "backspace,delete", "reset", "default", "Back to its default.", True),
    # Welcome
    Action("welcome.begin", "ctrl+s", "begin", "begin", "Keep the answers and begin.", True),
    Action("welcome.skip", "escape", "skip", "skip", "Begin without answers.", True),
    Action("welcome.guide", "f4", "guide", "begin with the guide", "Begin by reading the guide.", True),
    Action("welcome.down", "down", "move(1)", "down", "The next question."),
    Action("welcome.up", "up", "move(-1)", "up", "The question before."),
    # Choosing from a list
    Action("pick.cancel", "escape", "cancel", "cancel", "Close without a choice.", True),
    Action("versions.next", "V,shift+v", "next", "next version", "Show the next version.", True),
    # A question in a box
    Action("prompt.cancel", "escape", "cancel", "cancel", "Close without an answer.", True),
    # The text in the reader
    Action("passage.down", "j,down", "rows(1)", "down", "One line down; a number before it: so many."),
    Action("passage.up", "k,up", "rows(-1)", "up", "One line up."),
    Action("passage.left", "h,left", "characters(-1)", "left", "One character to the left."),
    Action("passage.right", "l,right", "characters(1)", "right", "One character to the right."),
    Action("passage.page_down", "space,pagedown,ctrl+f", "screens(2)", "screen down", "A screen down."),
    Action("passage.page_up", "pageup,ctrl+b,backspace", "screens(-2)", "screen up", "A screen up."),
    Action("passage.half_down", "ctrl+d", "screens(1)", "half down", "Half a screen down."),
    Action("passage.half_up", "ctrl+u", "screens(-1)", "half up", "Half a screen up."),
    Action("passage.top", "home,ctrl+home", "top", "beginning", "The beginning (gg too); after a number: that page."),
    Action("passage.bottom", "G,shift+g,end,ctrl+end", "bottom", "end", "The end; after a number: that page."),
    Action("passage.word", "w,ctrl+right", "next('word')", "word", "The next word."),
    Action("passage.word_back", "b,ctrl+left", "previous('word')", "word back", "The word before."),
    Action("passage.word_end", "e", "word_end", "word end", "The end of the word."),
    Action("passage.sentence", "right_parenthesis", "next('sentence')", "next sentence", "The next sentence."),
    Action(
        "passage.sentence_back", "left_parenthesis", "previous('sentence')", "sentence before", "The sentence before."
    ),
    Action("passage.block", "ctrl+down", "next('block')", "next paragraph", "The next paragraph."),
    Action("passage.block_back", "ctrl+up", "previous('block')", "paragraph before", "The paragraph before."),
    Action("passage.line_start", "0", "line(-1)", "line start", "The start of the line."),
    Action("passage.line_end", "dollar_sign", "line(1)", "line end", "The end of the line."),
    Action("passage.extend_down", "shift+down", "extend('rows', 1)", "select down", "Select a line further down."),
    Action("passage.extend_up", "shift+up", "extend('rows', -1)", "select up", "Select a line further up."),
    Action("passage.extend_right", "shift+right", "extend('characters', 1)", "select right", "Select to the right."),
    Action("passage.extend_left", "shift+left", "extend('characters', -1)", "select left", "Select to the left."),
    Action("passage.select", "v", "select", "select", "Select from here on; every move then extends it.", True),
    Action("passage.choose_sentence", "s", "choose_sentence", "sentence", "Select the sentence; again: the next too."),
    Action("passage.choose_paragraph", "p", "choose_paragraph", "paragraph", "While selecting: the whole paragraph."),
    Action("passage.object", "i", "object", "piece", "While selecting, with w s p l: the word, sentence, … here."),
    Action("passage.swap", "o", "swap", "other end", "While selecting: go on from the other end."),
    Action("passage.pan_left", "less_than_sign", "pan(-1)", "pan left", "Move wide tables and code to the right."),
    Action("passage.pan_right", "greater_than_sign", "pan(1)", "pan right", "Move wide tables and code to the left."),
    # The page as it is printed
    Action("picture.down", "j,down", "pan(0, 1)", "down", "Down the page, and on to the next."),
    Action("picture.up", "k,up", "pan(0, -1)", "up", "Up the page, and on to the one before."),
    Action("picture.left", "h,left", "pan(-1, 0)", "left", "To the left, where the page is wider than the screen."),
    Action("picture.right", "l,right", "pan(1, 0)", "right", "To the right."),
    Action("picture.screen_down", "space,ctrl+f", "screens(2)", "on", "A screen down, or the next page.", True),
    Action("picture.screen_up", "ctrl+b,backspace", "screens(-2)", "screen up", "A screen up, or the page before."),
    Action("picture.half_down", "ctrl+d", "screens(1)", "half down", "Half a screen down."),
    Action("picture.half_up", "ctrl+u", "screens(-1)", "half up", "Half a screen up."),
    Action("picture.next", "pagedown,greater_than_sign", "pages(1)", "next page", "The next page."),
    Action("picture.previous", "pageup,less_than_sign", "pages(-1)", "page before", "The page before."),
    Action("picture.larger", "plus,equals_sign", "zoom(1)", "larger", "Larger.", True),
    Action("picture.smaller", "minus", "zoom(-1)", "smaller", "Smaller.", True),
    Action("picture.fit", "0", "fit", "fit", "As wide as there is room; again: the whole page.", True),
    Action("picture.first", "home,ctrl+home", "edge(-1)", "first", "The first page (gg too); with a number: that."),
    Action("picture.last", "G,shift+g,end,ctrl+end", "edge(1)", "last", "The last page; after a number: that page."),
    Action("picture.line_end", "dollar_sign", "side(1)", "right edge", "To the right edge of the page."),
    Action("picture.line_start", "circumflex_accent", "side(-1)", "left edge", "To the left edge of the page."),
    Action("picture.box", "v", "box", "box", "Draw a box to write on: move, shift resizes, enter takes.", True),
    Action("picture.paper", "I,shift+i", "paper", "paper", "In the colours of the screen, or as printed."),
    # The reader
    Action("reader.copy", "y", "copy", "copy", "Copy the selection as text.", True),
    Action(
        "reader.copy_quote", "Y,shift+y", "copy_quote", "copy quote", "Copy it as a Markdown quote with its source."
    ),
    Action("reader.copy_latex", "E,shift+e", "copy_latex", "copy LaTeX", "Copy it as LaTeX, formulas and all."),
    Action(
        "reader.highlight", "H,shift+h", "highlight", "highlight", "Highlight the selection, or the sentence.", True
    ),
    Action("reader.comment", "a,c", "annotate('comment')", "comment", "Comment on the selection, or sentence.", True),
    Action("reader.question", "q", "annotate('question')", "question", "Ask about the selection, or sentence.", True),
    Action("reader.private", "P,shift+p", "annotate('note')", "private", "A note on it that only you see."),
    Action("reader.whole", "W,shift+w", "annotate_whole", "on all of it", "Write on the whole reading."),
    Action("reader.attach", "A,shift+a", "attach", "attach", "What lost its words belongs here; else: the next such."),
    Action("reader.conversations", "T,shift+t", "conversations", "conversations", "What is said of this reading."),
    Action("reader.note", "n", "note", "note", "Write a note that begins with the selection.", True),
    Action("reader.card", "C,shift+c", "card", "flash card", "Make a flash card of the selection, or the sentence."),
    Action("reader.outline", "o", "outline", "outline", "The table of contents.", True),
    Action("reader.find", "slash", "find", "find", "Find words in this text.", True),
    Action("reader.next", "n", "step(1)", "next", "The next hit; with nothing searched, the next annotation."),
    Action("reader.previous", "N,shift+n", "step(-1)", "previous", "The hit or annotation before."),
    Action("reader.reference", "K,shift+k", "reference", "reference", "What the next reference leads to.", True),
    Action("reader.next_reference", "r", "step_reference(1)", "next reference", "The next reference."),
    Action("reader.previous_reference", "R,shift+r", "step_reference(-1)", "reference before", "The one before."),
    Action("reader.picture", "p", "picture", "picture", "The page as it is printed; again: back to the text.", True),
    Action("reader.alone", "i", "alone", "figure alone", "The figure, table or equation here, or the nearest, alone."),
    Action("reader.beside", "vertical_line", "beside", "side by side", "Text and page side by side on a wide screen."),
    Action("reader.versions", "V,shift+v", "versions", "versions", "The PDF, HTML or other file of this reading."),
    Action("reader.viewer", "S,shift+s", "viewer", "system viewer", "Open the document in the system's viewer."),
    Action("reader.lab", "L,shift+l", "lab", "lab", "The labs of this reading: one more key runs one.", True),
    Action("reader.threads", "t", "threads", "threads", "Show or hide what is written beside the text."),
    Action("reader.switch", "tab", "switch", "other side", "From the text to the threads and back."),
    Action("reader.open_thread", "enter", "open_thread", "thread", "Go to the thread of the passage here."),
    Action("reader.heading", "right_square_bracket", "heading(1)", "next heading", "The next heading."),
    Action("reader.heading_back", "left_square_bracket", "heading(-1)", "heading before", "The heading before."),
    Action("reader.annotation", "right_curly_bracket", "annotation(1)", "next annotation", "The next annotation."),
    Action(
        "reader.annotation_back", "left_curly_bracket", "annotation(-1)", "annotation before", "The annotation before."
    ),
    Action("reader.figure", "f", "figure(1)", "next figure", "The next figure or table."),
    Action("reader.figure_back", "F,shift+f", "figure(-1)", "figure before", "The figure or table before."),
    Action("reader.find_word", "asterisk", "find_word(1)", "find this", "Find the word under the cursor, onwards."),
    Action("reader.find_word_back", "number_sign", "find_word(-1)", "find this back", "Find it backwards."),
    Action("reader.hits", "ctrl+l", "hits", "list hits", "List all that was found, with the words around it."),
    Action("reader.mark", "m", "mark", "mark", "Mark this place: a letter for here, a capital for everywhere."),
    Action("reader.to_mark", "apostrophe,grave_accent", "to_mark", "to mark", "To a mark by its letter; twice: back."),
    Action("reader.marks", "M,shift+m", "marks", "marks", "List the marks."),
    Action("reader.type", "z", "type", "typesetting", "Set the text: width, indent, spacing, justification."),
    Action("reader.go_to", "colon,ctrl+g", "go_to", "go to page", "Go to a page, by its printed number."),
    Action("reader.jump_back", "ctrl+o,alt+left", "jump(-1)", "back", "Where you were before the last jump."),
    Action("reader.jump_on", "alt+right,ctrl+i", "jump(1)", "forward", "Forward again after going back."),
    Action("reader.done", "D,shift+d", "done", "done", "Mark this reading as done."),
    Action("reader.confusion", "Q,shift+q", "confusion", "what confuses", "The passages here that people ask about."),
    Action("reader.back", "escape", "back", "back", "Leave the selection, the search, then the reader.", True),
    # The threads beside the text
    Action("thread.go", "enter", "select", "go there", "Go to the passage.", True),
    Action("thread.down", "j,down", "cursor_down", "down", "The next one."),
    Action("thread.up", "k,up", "cursor_up", "up", "The one before."),
    Action("thread.reply", "r", "reply", "reply", "Answer.", True),
    Action("thread.edit", "e", "edit", "edit", "Change what you wrote.", True),
    Action("thread.remove", "x,delete", "remove", "delete", "Delete it; u brings it back.", True),
    Action("thread.resolve", "R,shift+r", "resolve", "resolve", "A question that has its answer; again: open.", True),
    Action("thread.colour", "c", "colour", "colour", "Another colour for a highlight."),
    Action("thread.guess", "g", "guess", "best guess", "Where the words of a lost one most likely stood."),
    Action("thread.attach", "A,shift+a", "attach", "attach", "Attach a lost one to its best guess."),
    Action("thread.upvote", "plus,equals_sign", "upvote", "upvote", "Upvote it; again: take that back."),
    Action("thread.me_too", "m", "me_too", "me too", "You have this question too; again: no longer."),
    Action("thread.answer", "a", "answer", "the answer", "This reply answers your question; again: it does not."),
    Action("thread.follow", "f", "follow", "follow", "Follow the conversation, or no longer."),
    Action("thread.history", "h", "history", "history", "What it said before it was changed."),
    Action("thread.links", "o", "links", "open link", "Open what it links to: a reading, a note, a web page."),
    # The table of contents
    Action("outline.go", "enter", "go", "go there", "Go to the line under the cursor.", True, True),
    Action("outline.down", "down,ctrl+n", "move(1)", "down", "The next line."),
    Action("outline.up", "up,ctrl+k", "move(-1)", "up", "The line before."),
    Action("outline.page_down", "pagedown", "move(10)", "page down", "Ten lines down."),
    Action("outline.page_up", "pageup", "move(-10)", "page up", "Ten lines up."),
    Action("outline.back", "escape", "back", "back", "Back to the text.", True),
    # The list of marks
    Action("marks.remove", "x,delete", "remove", "delete", "Forget the mark; u brings it back.", True),
    Action("marks.undo", "u", "undo", "undo", "Take back the last change."),
    Action("marks.back", "escape,M,shift+m,q", "back", "back", "Back to the text.", True),
    # The card of a reference
    Action("reference.go", "enter", "act('go')", "go there", "Go to what is pointed to; ctrl+o comes back.", True),
    Action("reference.open", "o", "act('open')", "open", "Open the cited work.", True),
    Action("reference.fetch", "f", "act('fetch')", "fetch", "Add the cited work to your readings and fetch it.", True),
    Action("reference.browse", "b", "act('browse')", "browser", "Open it in the browser.", True),
    Action("reference.look", "i", "act('look')", "as printed", "The figure, table or equation as it is printed.", True),
    Action("reference.copy", "y", "act('copy')", "copy", "Copy the words of the card."),
    Action("reference.next", "r", "step(1)", "next", "The next reference, with its card.", True),
    Action("reference.previous", "R,shift+r", "step(-1)", "before", "The reference before, with its card."),
    Action("reference.down", "j,down", "move(1)", "down", "Another of several; down in a long text."),
    Action("reference.up", "k,up", "move(-1)", "up", "The one before; up in a long text."),
    Action("reference.close", "escape,K,shift+k,q", "close", "close", "Close the card.", True),
    # Writing on a passage
    Action("sheet.post", "ctrl+s,ctrl+enter", "post", "post", "Keep what you wrote.", True, True),
    Action("sheet.kind", "ctrl+t", "kind", "kind", "Comment, question or private note: the next.", True, True),
    Action("sheet.preview", "ctrl+r", "preview", "preview", "How it will be shown: beside, or instead.", True, True),
    Action("sheet.cancel", "escape", "cancel", "keep as draft", "Close; what you wrote is kept as a draft.", True),
    # What a message said before
    Action("history.restore", "r,enter", "restore", "restore", "Let it say this again.", True),
    Action("history.copy", "y", "copy", "copy", "Copy what it said."),
    Action("history.back", "escape,h", "back", "back", "Back.", True),
    # Making a flash card
    Action("card.keep", "ctrl+s,ctrl+enter", "keep", "keep", "Keep the card.", True, True),
    Action("card.hide", "ctrl+t", "hide", "hide words", "Hide the selected words until it is turned.", True, True),
    Action("card.cancel", "escape", "cancel", "keep as draft", "Close; what you wrote is kept as a draft.", True),
    # Finding in a text
    Action("find.take", "enter", "take", "to the text", "Back to the text; n and N go from hit to hit.", True, True),
    Action("find.next", "down", "step(1)", "next", "The next hit.", True, True),
    Action("find.previous", "up,shift+enter", "step(-1)", "previous", "The hit before.", priority=True),
    Action("find.list", "ctrl+l", "list", "list", "List all hits, with the words around them.", True, True),
    Action("find.regex", "alt+r", "flip('regex')", "pattern", "Take it as a regular expression.", True, True),
    Action("find.whole", "alt+w", "flip('whole')", "whole words", "Only as a whole word.", True, True),
    Action("find.case", "alt+c", "case", "case", "Case counts: where there is a capital, always, never.", True, True),
    Action("find.past", "alt+up", "past(-1)", "earlier", "What was looked for before.", priority=True),
    Action("find.past_on", "alt+down", "past(1)", "later", "What was looked for after that.", priority=True),
    Action("find.close", "escape", "close", "close", "Close the search.", True),
    # Discuss
    Action("discuss.kind", "t", "view(1)", "list", "Next: all, unread, unanswered, mine, mentioning me, …", True),
    Action("discuss.kind_back", "T,shift+t", "view(-1)", "list back", "The list before."),
    Action("discuss.order", "s", "order", "order", "Newest first, most upvoted, asked by most, by place.", True),
    Action("discuss.narrow", "i,ctrl+f", "narrow", "narrow", "Type words, @people and #tags to narrow the list.", True),
    Action("discuss.new", "n", "new", "write", "Write on a lecture, one of its topics, or a whole reading.", True),
    Action("discuss.also", "w", "pick('views')", "also", "Another list at once: unread and mine, …"),
    Action("discuss.lecture", "l", "pick('lecture')", "lecture", "Only what belongs to one lecture."),
    Action("discuss.reading", "b", "pick('reading')", "reading", "Only what is on one reading."),
    Action("discuss.person", "p", "pick('person')", "person", "Only where somebody took part."),
    Action("discuss.tag", "number_sign", "pick('tag')", "tag", "Only what has a tag."),
    Action("discuss.sort", "K,shift+k", "pick('kind')", "kind", "Only questions, comments, highlights or notes."),
    Action("discuss.standing", "v", "standing", "resolved", "Only open, answered or resolved ones, or all."),
    Action("discuss.circle", "c", "circle", "my circle", "Only the conversations of your circle, or all."),
    Action("discuss.drop", "backspace", "drop", "one less", "Take the last filter away."),
    Action(
        "discuss.all_read", "N,shift+n", "all_read", "all read", "Take all that is listed as read; u takes it back."
    ),
    Action("discuss.thread", "right", "side(1)", "to the words", "Into the conversation; each message has its keys."),
    Action("discuss.list", "left", "side(-1)", "to the list", "Back to the list."),
    Action("discuss.clear", "escape", "clear", "clear", "Back to the list; then show all again."),
    Action("discuss.groups", "M,shift+m", "app.groups", "groups", "Your groups."),
    Action("discuss.confusion", "C,shift+c", "confusion", "what confuses", "The passages that people ask about most."),
    Action("discuss.score", "S,shift+s", "score", "score", "How you stand in the discussion of each reading."),
    # What confuses people
    Action("confusion.order", "s", "order", "by place", "By place, or by score again.", True),
    Action("confusion.names", "n", "names", "names", "Who asks, or only how many they are; a copy then too.", True),
    Action("confusion.copy", "y", "copy", "copy report", "Copy the report as Markdown.", True),
    Action("confusion.back", "escape", "back", "back", "Back to where you came from.", True),
    # How one stands in a discussion
    Action("score.none", "0", "rate(0)", "below", "Rate your comment: below what you want of yourself.", True),
    Action("score.one", "1", "rate(1)", "nearly", "Rate your comment: on the way.", True),
    Action("score.two", "2", "rate(2)", "meets", "Rate your comment: as good as you want it.", True),
    Action("score.clear", "backspace,delete", "unrate", "not rated", "Take its points back."),
    Action("score.back", "escape", "back", "back", "Back to where you came from.", True),
    # Her groups
    Action("groups.use", "w", "use", "write there", "Let what you write go to this group; again: to nobody.", True),
    Action("groups.sync", "s", "sync", "sync", "Bring it up to date now.", True),
    Action("groups.create", "n", "create", "new", "Make a group.", True),
    Action("groups.join", "o", "join", "join", "Join a group that is there: a folder, a repository, a zip.", True),
    Action("groups.leave", "x,delete", "leave", "leave", "Leave it, with what you wrote or without.", True),
    Action("groups.back", "escape", "back", "back", "Back to where you came from.", True),
    # What would go to a group
    Action("share.all", "y", "choose('all')", "join", "Join; what you wrote so far goes there, too.", True),
    Action("share.from_now", "f", "choose('from now')", "from now on", "Join; only what you write from now on.", True),
    Action("share.down", "down,j", "scroll_told(1)", "down", "See more of it."),
    Action("share.up", "up,k", "scroll_told(-1)", "up", "See what stands above."),
    Action("share.cancel", "escape", "cancel", "stay out", "Nothing goes anywhere.", True),
    # The labs and their runs
    Action("labs.handout", "h", "handout", "handout", "Read the lab's handout.", True),
    Action("labs.compare", "c", "compare", "compare", "Put the marked runs side by side, or the lab's last two.", True),
    Action(
        "labs.copy", "e", "copy", "edit a copy", "Copy the lab to change it; your own: open it in the editor.", True
    ),
    Action("labs.narrow", "slash", "narrow", "filter", "Type which runs to list: lab, state, lr=0.01, since:2d.", True),
    Action("labs.stop", "s", "stop", "stop", "Stop the runs marked, or that under the cursor; pressed twice.", True),
    Action("labs.mark", "space", "mark", "mark", "Mark the run, or all of a sweep, to compare, stop or delete.", True),
    Action("labs.order", "o", "order", "order", "Newest, longest, by lab, best verdicts, by state.", True),
    Action(
        "labs.remove", "delete", "remove", "delete", "Delete the runs marked, or that here; pressed twice; u undoes."
    ),
    Action("labs.start_now", "exclamation_mark", "start_now", "start now", "Start a run that waits in the queue now."),
    Action("labs.clear", "escape", "clear", "all runs", "List all runs, without marks; then back to the labs."),
    Action("lab_row.run", "R,shift+r", "run_lab", "run lab", "Run the quick preset of the lab under the cursor.", True),
    Action("labs_here.menu", "6", "menu", "Labs", "Show it in the tab Labs."),
    Action("labs_here.handout", "h", "handout", "handout", "Read the lab's handout.", True),
    Action("labs_here.back", "escape,L,shift+l", "back", "back", "Back to where you came from.", True),
    Action("lab_form.start", "ctrl+r,f5", "start", "start", "Start the run with these values.", True, True),
    Action("lab_form.copy", "ctrl+y", "copy", "copy command", "Copy the command line that does the same.", True, True),
    Action("lab_form.back_to_preset", "ctrl+z", "reset", "preset's value", "The preset's value again.", True, True),
    Action("lab_form.last", "ctrl+l", "last", "last values", "The values of this lab's last run.", True, True),
    Action("lab_form.predict", "p", "predict", "predict", "Say what you expect of this lab."),
    Action("lab_form.cancel", "escape", "back", "back", "Back without a run.", True),
    # What she expects of a lab
    Action("predict.keep", "ctrl+s,ctrl+enter", "keep", "keep", "Keep what you expect, and go on.", True, True),
    Action("predict.skip", "escape", "skip", "skip", "Go on without; what you typed is kept as a draft.", True),
    Action("run.pause", "space", "pause", "pause", "Let the run wait, or go on; a replay too.", True),
    Action("run.stop", "x", "stop", "stop", "Stop the run; pressed twice. Once more ends it by force.", True),
    Action("run.again", "r", "again", "restart", "Start it anew, with the same preset and parameters.", True),
    Action("run.go_on", "C,shift+c", "go_on", "continue", "Go on from its last checkpoint.", True),
    Action("run.now", "exclamation_mark", "start_now", "start now", "Start a run that waits in the queue now.", True),
    Action("run.tries", "n", "tries", "try next", "What to try next, and how it differs from this run.", True),
    Action(
        "run.enlarge", "v", "enlarge", "enlarge", "Give the panel under the cursor all the room; again: none.", True
    ),
    Action("run.compare", "c", "compare", "compare", "Put it beside the lab's last run, or its whole sweep.", True),
    Action("run.copy", "e", "copy", "edit a copy", "Copy the lab to change it; your own: open it in the editor."),
    Action("run.log", "l", "log", "log", "What the run printed, beside the panels; again: put it away.", True),
    Action(
        "run.next", "right_square_bracket", "panels(1)", "next panels", "The next panels, where there are more.", True
    ),
    Action("run.handout", "h", "handout", "handout", "Read the lab's handout.", True),
    Action(
        "run.replay",
        "R,shift+r",
        "replay",
        "replay",
        "Watch a finished run again from its start; again: its end.",
        True,
    ),
    Action("run.slower", "left_parenthesis", "speed(-1)", "slower", "A replay at half the speed.", True),
    Action("run.faster", "right_parenthesis", "speed(1)", "faster", "A replay at twice the speed.", True),
    Action(
        "run.seek_back", "left_curly_bracket", "seek(-1)", "replay back", "A replay back by a twentieth of the run."
    ),
    Action("run.seek", "right_curly_bracket", "seek(1)", "replay on", "A replay on by a twentieth of the run."),
    Action("run.predictions", "p", "predictions", "predictions", "What you expected of this lab; change it."),
    Action("run.claims_down", "j,down", "claims(1)", "next claim", "To the claims, and down in them."),
    Action("run.claims_up", "k,up", "claims(-1)", "claim before", "To the claims, and up in them."),
    Action("run.axis", "y", "axis", "log axis", "Draw the values on a logarithmic or a linear axis."),
    Action("run.smooth", "s", "smoothing", "smooth", "Smooth the curves, more each time, then not at all."),
    Action("run.by_time", "t", "by_time", "by time", "Draw over steps, or over seconds."),
    Action(
        "run.log_steps", "X,shift+x", "log_steps", "log steps", "Draw the steps on a logarithmic axis, or a linear."
    ),
    Action("run.cross_left", "left", "crosshair(-1)", "crosshair left", "Read values one place further left."),
    Action("run.cross_right", "right", "crosshair(1)", "crosshair right", "Read values one place further right."),
    Action("run.cross_far_left", "shift+left", "crosshair(-10)", "ten left", "Read values ten places further left."),
    Action("run.cross_far_right", "shift+right", "crosshair(10)", "ten right", "Read values ten places further right."),
    Action("run.pan_left", "less_than_sign", "pan(-1)", "pan left", "Show earlier steps, when zoomed in."),
    Action("run.pan_right", "greater_than_sign", "pan(1)", "pan right", "Show later steps, when zoomed in."),
    Action("run.all", "0", "all", "all steps", "Show all steps, without a crosshair."),
    Action("run.closer", "plus,equals_sign", "zoom(1)", "closer", "Show only the newer half of the steps."),
    Action("run.farther", "minus", "zoom(-1)", "farther", "Show more of the steps."),
    Action("run.previous", "left_square_bracket", "panels(-1)", "panels before", "The panels before."),
    Action("run.back", "escape", "back", "leave it", "Leave the run as it is: it goes on without the screen.", True),
    # Runs side by side
    Action("compare.take", "space", "take", "in or out", "Draw the setting under the cursor, or not.", True),
    Action("compare.drop", "delete,backspace", "drop", "leave out", "Leave it out altogether; u brings it back."),
    Action("compare.mean", "m", "mean", "seeds", "The seeds of a setting as one line with its spread, or each.", True),
    Action("compare.code", "d", "code", "code", "How the code differs, beside the results.", True),
    Action("compare.export", "x", "export", "export", "Write it as CSV, JSON, Markdown, SVG, PDF or PNG.", True),
    Action("compare.axis", "y", "axis", "log axis", "Draw the values on a logarithmic or a linear axis.", True),
    Action("compare.smooth", "s", "smoothing", "smooth", "Smooth the curves, more each time, then not at all."),
    Action("compare.by_time", "t", "by_time", "by time", "Draw over steps, or over seconds."),
    Action("compare.cross_left", "left", "crosshair(-1)", "crosshair left", "Read values one place further left."),
    Action("compare.cross_right", "right", "crosshair(1)", "crosshair right", "Read values one place further right."),
    Action("compare.cross_far_left", "shift+left", "crosshair(-10)", "ten left", "Read values ten places left."),
    Action("compare.cross_far_right", "shift+right", "crosshair(10)", "ten right", "Read values ten places right."),
    Action("compare.pan_left", "less_than_sign", "pan(-1)", "pan left", "Show earlier steps, when zoomed in."),
    Action("compare.pan_right", "greater_than_sign", "pan(1)", "pan right", "Show later steps, when zoomed in."),
    Action("compare.all", "0", "all", "all steps", "Show all steps, without a crosshair."),
    Action("compare.closer", "plus,equals_sign", "zoom(1)", "closer", "Show only half of the steps."),
    Action("compare.farther", "minus", "zoom(-1)", "farther", "Show more of the steps."),
    Action("compare.next", "right_square_bracket", "plots(1)", "next plots", "The next plots, where there are more."),
    Action("compare.previous", "left_square_bracket", "plots(-1)", "plots before", "The plots before."),
    Action("compare.enlarge", "v", "enlarge", "enlarge", "Give one plot all the room; again: all plots."),
    Action("compare.back", "escape", "back", "back", "Back to where you came from.", True),
    # How the code of two runs differs
    Action("code.back", "escape,d", "back", "back", "Back to the comparison.", True),
    # Pictures, histograms, heat maps and texts of a run
    Action("moment.earlier", "left,less_than_sign", "earlier(1)", "earlier", "What was logged before."),
    Action(
        "moment.later", "right,greater_than_sign", "later(1)", "later", "What was logged after; the newest is followed."
    ),
    Action("moment.far_back", "shift+left", "earlier(10)", "ten earlier", "Ten back."),
    Action("moment.far_on", "shift+right", "later(10)", "ten later", "Ten on."),
    Action("moment.first", "home", "ends(-1)", "first", "The first that was logged."),
    Action("moment.newest", "end", "ends(1)", "newest", "The newest, and follow it."),
    Action("cells.left", "left", "cross(-1, 0)", "left", "The crosshair one cell to the left."),
    Action("cells.right", "right", "cross(1, 0)", "right", "The crosshair one cell to the right."),
    Action("cells.up", "up", "cross(0, -1)", "up", "The crosshair one cell up."),
    Action("cells.down", "down", "cross(0, 1)", "down", "The crosshair one cell down."),
    Action("samples.down", "pagedown,ctrl+d", "pages(1)", "scroll", "Scroll what is longer than its panel."),
    Action("samples.up", "pageup,ctrl+u", "pages(-1)", "scroll back", "Scroll back."),
    # The claims of a run
    Action("claims.down", "down,j", "cursor(1)", "down", "The next claim."),
    Action("claims.up", "up,k", "cursor(-1)", "up", "The claim before."),
    Action("claims.paper", "enter,o", "choose", "its paper", "Open the paper where the claim's figure stands.", True),
    # What to try next
    Action("tries.form", "f,o", "form", "form", "Change more of it in the form before it starts.", True),
    Action("tries.cancel", "escape", "cancel", "back", "Back to the run.", True),
    # What a run printed
    Action("log.filter", "slash", "filter", "filter", "Show only lines with some words.", True),
    Action("log.down", "down,j", "lines(1)", "down", "One line down."),
    Action("log.up", "up,k", "lines(-1)", "up", "One line up."),
    Action("log.page_down", "pagedown,ctrl+d", "pages(1)", "page down", "Half a pane down."),
    Action("log.page_up", "pageup,ctrl+u", "pages(-1)", "page up", "Half a pane up."),
    Action("log.first", "home,g", "edge(-1)", "first", "The first line that is kept."),
    Action("log.last", "end,G,shift+g", "edge(1)", "follow", "The end, and follow it.", True),
    Action("log.close", "escape", "close", "close", "Drop the filter, then put the log away.", True),
    # Every screen that stands on another
    Action("screen.back", "escape", "back", "back", "Back to where you came from.", True),
)


def actions_of(scope: str) -> tuple[Action, ...]:
    """The actions of one scope, in order."""
    return tuple(action for action in ACTIONS if action.scope == scope)


def bindings(scope: str) -> list[Binding]:
    """The bindings of one scope, for a class's `BINDINGS`."""
    return [
        Binding(
            action.keys,
            action.action,
            action.label,
            show=action.footer,
            priority=action.priority,
            id=action.id,
            tooltip=action.help,
        )
        for action in actions_of(scope)
    ]
