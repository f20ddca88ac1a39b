import { type ReactNode, useEffect, useRef } from "react";

interface PageProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** The title of the page that was shown last. */
let shown: string | undefined;

/**
 * A page with its title. When it replaces another one, its heading takes the focus: the element that had it
 * is gone, and screen readers would stay silent.
 */
export function Page({ title, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Latchkey example`;
    if (shown !== undefined && shown !== title) heading.current?.focus();
    shown = title;
  }, [title]);
  return (
    <section>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}
