/** The languages in which people are spoken to, as `Content-Language` names them. */
export type Language = "en" | "zh-CN";
