import { useEffect, useRef, useState } from "react";

import type { ExchangeLine } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import type { Answer } from "../playground/answer";
import { AnswerView } from "../playground/AnswerView";
import type { DialectName } from "../playground/ask";
import { dialectOf } from "../playground/dialects/all";
import { sendRequest } from "../playground/send";
import { buildReplay } from "./said";

interface Props {
  exchange: ExchangeLine;
  dialect: DialectName;
  text: string;
  onClose: () => void;
}

/** Sends what the client sent, to whichever model; nobody but this page hears the answer. */
export function ReplayDialog({ exchange, dialect, text, onClose }: Props) {
  const [model, setModel] = useState(exchange.route);
  const [answer, setAnswer] = useState<Answer>();
  const stopper = useRef<AbortController>(null);
  const replay = buildReplay(dialect, text, model.trim(), exchange.is_stream);
  const isRunning = answer !== undefined && answer.endedAt === null;
  useEffect(() => () => stopper.current?.abort(), []);

  const send = async () => {
    if (!replay) return;
    stopper.current = new AbortController();
    const { request, isStream } = replay;
    await sendRequest({ dialect: dialectOf(dialect), request, isStream, signal: stopper.current.signal, onChange: setAnswer });
  };

  return (
    <Dialog title="Replay the request" wide onClose={onClose}>
      <TextField label="Model" value={model} hint="A route, or provider/model." onChange={(event) => setModel(event.target.value)} />
      {replay ? null : <Problem error={new Error("Only the beginning of this request was kept, so it cannot be sent again.")} />}
      {answer ? <AnswerView answer={answer} /> : null}
      <DialogFoot>
        <Button onClick={onClose}>Close</Button>
        {isRunning ? (
          <Button look="danger" onClick={() => stopper.current?.abort()}>
            Stop
          </Button>
        ) : (
          <Button look="primary" disabled={!replay || !model.trim()} onClick={() => void send()}>
            Send it
          </Button>
        )}
      </DialogFoot>
    </Dialog>
  );
}
