import { useEffect } from "react";
import { Forgotten } from "./forgotten.js";
import { goTo, usePath } from "./path.js";
import { SignIn } from "./sign-in.js";
import { SignUp } from "./sign-up.js";

/** The pages for users who are not signed in. */
export function Entrance() {
  const path = usePath();
  const Other = OTHERS[path];
  useEffect(() => {
    if (OTHERS[path] === undefined) goTo("/sign-in", { replace: true });
  }, [path]);
  return Other === undefined ? <SignIn /> : <Other />;
}

const OTHERS: Readonly<Record<string, typeof SignUp>> = { "/sign-up": SignUp, "/forgotten": Forgotten };
