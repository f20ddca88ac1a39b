/** What was typed into a field. */
export function textIn(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
