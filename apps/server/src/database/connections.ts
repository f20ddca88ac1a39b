/** How many connections a process opens to a database server, and how many the server has for all. */
export interface Connections {
  readonly most: number;
  readonly allowed: number;
}
