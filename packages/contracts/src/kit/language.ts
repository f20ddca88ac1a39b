/** The languages that the server can answer and write in, as `Content-Language` names them. */
export type Language = "en" | "zh-CN";
