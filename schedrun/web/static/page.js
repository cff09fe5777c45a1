// Begins everything that a page does by itself. Without it every page still says all that it knew when it was sent.
import { actions } from "./actions.js";
import { countdowns } from "./clock.js";
import { filters } from "./filters.js";
import { frames } from "./frames.js";
import { live } from "./live.js";
import { log } from "./log.js";
import { login } from "./login.js";
import { zones } from "./zones.js";

countdowns();
zones();
filters();
frames();
login();
actions();
log();
live();
