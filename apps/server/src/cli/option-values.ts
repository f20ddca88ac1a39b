import { InvalidArgumentError } from "commander";

const MAX_PAGE = 1000;

export function pageSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PAGE) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PAGE}.`);
}

export function time(text: string): number {
  const ms = Date.parse(text);
  if (/^\d{4}-\d\d/.test(text) && !Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError("It must be a time such as 2026-01-31 or 2026-01-31T08:00Z.");
}
