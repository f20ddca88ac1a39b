import { useEffect } from "react";
import { goTo, usePath } from "./path.js";
import { SignIn } from "./sign-in.js";
import { SignUp } from "./sign-up.js";

/** The pages for users who are not signed in. */
export function Entrance() {
  const isNew = usePath() === "/sign-up";
  useEffect(() => {
    if (!isNew) goTo("/sign-in", { replace: true });
  }, [isNew]);
  return isNew ? <SignUp /> : <SignIn />;
}
