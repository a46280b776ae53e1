// Every page's small behaviours. Each module does one thing, listens at the document, and so also serves what htmx
// swaps in later.

import "./theme.js";
import "./drawer.js";
import "./current.js";
import "./menu.js";
import "./dialog.js";
import "./copy.js";
import "./times.js";
import "./toasts.js";
import "./reveal.js";
import "./submit.js";
import "./selection.js";
import "./keyboard.js";
import "./guard.js";
import "./typing.js";
import "./unfold.js";
import "./editor.js";
import "./histogram.js";
import "./rows.js";
import "./files.js";
import "./archive.js";
import "./entrypoint.js";
import "./live.js";
import "./bell.js";
import "./feed.js";
import "./log.js";
import "./image.js";
import "./degraded.js";
