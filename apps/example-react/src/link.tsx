import type { MouseEvent, ReactNode } from "react";
import { goTo } from "./path.js";

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
}

/** A link to another page of the example. */
export function Link({ to, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // The browser opens new tabs and windows.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a href={to} onClick={follow}>
      {children}
    </a>
  );
}
