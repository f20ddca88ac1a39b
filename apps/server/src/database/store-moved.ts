import { DatabaseUnavailable } from "./availability.js";

/**
 * Nothing was read or written, because the store has moved to another database (`move/`). What follows the move calls
 * the same method there; for everything else the database is unavailable.
 */
export class StoreMoved extends DatabaseUnavailable {}
