/** The answer to one request while it is made, and until it has left. */
export interface PendingAnswer {
  /**
   * Counts so many bytes that were made for this account; they are held until the answer has left. If the answer
   * is large and there is no room for it, this returns `false`, unless they `mustBeSent`, and counts nothing.
   */
  take(account: string, bytes: number, mustBeSent: boolean): boolean;
}
