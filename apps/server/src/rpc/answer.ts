/** The answer to one request while it is made, and until it has left. */
export interface PendingAnswer {
  /** Whether more may be made for this account, whose answers that have not left hold memory. */
  hasRoom(account: string): boolean;
  /**
   * Counts so many bytes that were made for this account; they are held until the answer has left. If there is no
   * room for them it returns `false`, unless they `mustBeSent`, and counts nothing.
   */
  take(account: string, bytes: number, mustBeSent: boolean): boolean;
}
