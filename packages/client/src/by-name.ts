/** An object that has every property: its value is created when it is read. */
export function byName<Value>(valueFor: (name: string) => Value): Record<string, Value> {
  return new Proxy<Record<string, Value>>({}, { get: (_, name) => valueFor(String(name)) });
}
