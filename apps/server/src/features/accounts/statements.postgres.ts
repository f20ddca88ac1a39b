import { columnList, type Statement } from "../../database/postgres/statement.js";
import { userInfo, users } from "./tables.postgres.js";
import { ACCOUNT_FIELDS } from "./user.js";

const INFO_FIELDS = ["firstName", "lastName", "phoneNumber"] as const;
const USER_FIELDS = ACCOUNT_FIELDS.filter((field) => !INFO_FIELDS.some((each) => each === field));
const ACCOUNTS =
  `SELECT ${columnList(users, { of: "u", only: USER_FIELDS })}, ` +
  `${columnList(userInfo, { of: "i", only: INFO_FIELDS })} FROM users u JOIN user_info i ON i.user_id = u.id`;
/** Both rows: after another transaction's change, only a locked row is read again. */
const LOCKED = "FOR NO KEY UPDATE OF u, i";

/** The statements about accounts that run often. */
export const STATEMENTS = {
  byUuids: { name: "accounts_by_uuids", text: `${ACCOUNTS} WHERE u.uuid = ANY($1::text[])` },
  byEmailKey: { name: "accounts_by_email_key", text: `${ACCOUNTS} WHERE u.email_key = $1` },
  byUsernameKey: { name: "accounts_by_username_key", text: `${ACCOUNTS} WHERE u.username_key = $1` },
  lockById: { name: "accounts_lock_by_id", text: `${ACCOUNTS} WHERE u.id = $1 ${LOCKED}` },
  lockByUuid: { name: "accounts_lock_by_uuid", text: `${ACCOUNTS} WHERE u.uuid = $1 ${LOCKED}` },
  /** The accounts other than `$3` that have one of these names. */
  holders: {
    name: "accounts_holders",
    text: `SELECT uuid, email_key AS "emailKey", username_key AS "usernameKey" FROM users
      WHERE (email_key = $1 OR username_key = $2) AND id <> $3`,
  },
  /** `isActingAdmin` in SQL, spelled as in the partial index. */
  otherAdmin: {
    name: "accounts_other_admin",
    text: "SELECT id FROM users WHERE role = 'admin' AND NOT disabled AND id <> $1 LIMIT 1",
  },
  delete: { name: "accounts_delete", text: "DELETE FROM users WHERE id = $1" },
  /** Compare-and-set in one statement: of two simultaneous renewals the first one wins. */
  /** Of the next `$2` accounts after an id. */
  raiseEpochs: {
    name: "accounts_raise_epochs",
    text: `UPDATE users SET session_epoch = session_epoch + 1
      WHERE id IN (SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE) RETURNING id`,
  },
  renewHash: {
    name: "accounts_renew_hash",
    text: "UPDATE users SET hashed_password = $3 WHERE id = $1 AND hashed_password = $2",
  },
} as const satisfies Record<string, Statement>;
