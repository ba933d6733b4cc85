import { lazy, Suspense, useState } from "react";

import type { ConfigView } from "../api/types";
import { useMayChange } from "../api/session";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Feedback";
import ui from "../ui/ui.module.css";
import { Review } from "./Review";

const Editor = lazy(() => import("../ui/Editor"));

/** The whole file. It is checked and compared before anything of it takes effect. */
export function FileEditor({ config }: { config: ConfigView }) {
  const [text, setText] = useState(config.text);
  const [round, setRound] = useState(0);
  const [isReviewed, setReviewed] = useState(false);
  const mayChange = useMayChange();
  const undo = () => {
    setText(config.text);
    setRound(round + 1);
  };
  const isChanged = text !== config.text;
  return (
    <div className={ui.stack}>
      <p className={ui.soft}>
        {config.path ? <code>{config.path}</code> : "There is no file yet: everything comes from the environment."}{" "}
        {config.text.includes("<kept secret") ? "Secrets are hidden; leave their marks as they are and they are kept." : ""}
      </p>
      <Suspense fallback={<Loading what="Loading the editor" />}>
        <Editor
          key={round}
          label="Configuration"
          language="yaml"
          value={text}
          original={config.text}
          {...(mayChange ? { onChange: setText } : {})}
        />
      </Suspense>
      <div className={ui.actions}>
        <Button look="primary" disabled={!isChanged} onClick={() => setReviewed(true)}>
          Review the change
        </Button>
        <Button disabled={!isChanged} onClick={undo}>
          Undo
        </Button>
      </div>
      {isReviewed ? <Review config={config} text={text} onClose={() => setReviewed(false)} /> : null}
    </div>
  );
}
