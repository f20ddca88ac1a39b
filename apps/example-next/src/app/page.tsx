import { currentLanguage } from "../server/language";
import { currentSession } from "../server/session";
import { textsIn } from "../texts";

export default async function Home() {
  const [texts, session] = [textsIn(await currentLanguage()), await currentSession()];
  if (session.status === "pending") return <p>{texts.wait}</p>;
  if (session.status === "signed-in") {
    return (
      <p>
        {texts.signedInAs} <strong data-user>{session.user.username}</strong>
      </p>
    );
  }
  return <p>{texts.signedOut}</p>;
}
