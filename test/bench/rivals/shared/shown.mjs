/** @param {any} row */
export const authUser = ({ uuid, username, email, created_at, updated_at }) => ({
  id: uuid,
  username,
  email,
  created_at,
  updated_at,
});

/** @param {any} row */
export const profile = ({ email, first_name, last_name, phone_number }) => ({
  email,
  first_name,
  last_name,
  phone_number,
});
