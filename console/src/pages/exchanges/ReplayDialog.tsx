import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";

import { get } from "../../api/client";
import type { Bodies, ExchangeLine } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { startAnswer, type Answer } from "../playground/answer";
import { AnswerWords } from "../playground/AnswerView";
import type { DialectName } from "../playground/ask";
import { dialectOf } from "../playground/dialects/all";
import { sendRequest } from "../playground/send";
import styles from "./Exchanges.module.css";
import { MAX_REPLAYS, readOriginal, type Run } from "./replays";
import { ReplayTable } from "./ReplayTable";
import { buildReplay } from "./said";

interface Props {
  exchange: ExchangeLine;
  dialect: DialectName;
  bodies: Bodies;
  onClose: () => void;
}

const THEN = 0;

/** Sends what the client sent to other models and shows their answers beside the one of then; nobody but this page hears them. */
export function ReplayDialog({ exchange, dialect, bodies, onClose }: Props) {
  const then = useMemo<Run>(
    () => ({ id: THEN, model: exchange.route, answer: readOriginal(exchange, bodies, dialect) }),
    [exchange, bodies, dialect],
  );
  const { runs, start, stop, remove } = useRuns(exchange, dialect, bodies.client_request.text);
  const all = [then, ...runs];
  const isRunning = runs.some(({ answer }) => answer.endedAt === null);
  const canSend = buildReplay(dialect, bodies.client_request.text, "x", exchange.is_stream) !== null;
  return (
    <Dialog title="Replay against another model" size="full" onClose={onClose}>
      {canSend ? (
        <ModelForm isFull={runs.length >= MAX_REPLAYS} onSend={start} />
      ) : (
        <Problem error={new Error("Only the beginning of this request was kept, so it cannot be sent again. Raise bodies.max_body_kib to keep longer ones.")} />
      )}
      <ReplayTable runs={all} />
      <div className={styles.replays} data-count={all.length}>
        {all.map((run) => (
          <section key={run.id} className={styles.replay} aria-label={run.id === THEN ? "The answer of then" : `The answer of ${run.model}`}>
            <div className={styles.replayHead}>
              <h3>{run.id === THEN ? `Then: ${run.answer.target || run.model}` : run.model}</h3>
              {run.id === THEN ? null : (
                <Button small look="quiet" aria-label={`Take ${run.model} away`} onClick={() => remove(run.id)}>
                  <span aria-hidden="true">✕</span>
                </Button>
              )}
            </div>
            <div aria-live="polite" aria-busy={run.answer.endedAt === null}>
              <AnswerWords answer={run.answer} />
              {isMute(run.answer) ? <p className={ui.faint}>It said nothing that can be shown.</p> : null}
            </div>
          </section>
        ))}
      </div>
      <DialogFoot>
        {isRunning ? (
          <Button look="danger" onClick={stop}>
            Stop
          </Button>
        ) : null}
        <Button onClick={onClose}>Close</Button>
      </DialogFoot>
    </Dialog>
  );
}

function isMute({ endedAt, text, thinking, calls, error }: Answer): boolean {
  return endedAt !== null && !text && !thinking && !calls.length && !error;
}

function useRuns(exchange: ExchangeLine, dialect: DialectName, text: string) {
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const stoppers = useRef(new Map<number, AbortController>());
  const next = useRef(THEN + 1);
  useEffect(() => {
    const kept = stoppers.current;
    return () => {
      for (const stopper of kept.values()) stopper.abort();
    };
  }, []);

  const start = (model: string) => {
    const replay = buildReplay(dialect, text, model, exchange.is_stream);
    if (!replay) return;
    const id = next.current++;
    const stopper = new AbortController();
    stoppers.current.set(id, stopper);
    setRuns((before) => [...before, { id, model, answer: startAnswer(performance.now()) }]);
    const grow = (answer: Answer) => setRuns((before) => before.map((run) => (run.id === id ? { ...run, answer } : run)));
    void sendRequest({ dialect: dialectOf(dialect), ...replay, signal: stopper.signal, onChange: grow });
  };
  const stop = () => {
    for (const stopper of stoppers.current.values()) stopper.abort();
  };
  const remove = (id: number) => {
    stoppers.current.get(id)?.abort();
    setRuns((before) => before.filter((run) => run.id !== id));
  };
  return { runs, start, stop, remove };
}

function ModelForm({ isFull, onSend }: { isFull: boolean; onSend: (model: string) => void }) {
  const [model, setModel] = useState("");
  const names = useQuery({
    queryKey: ["play", "models"],
    queryFn: ({ signal }) => get<{ data: { id: string }[] }>("/play/v1/models", {}, signal),
    staleTime: 60_000,
  }).data?.data;
  return (
    <form
      className={styles.replayForm}
      onSubmit={(event) => {
        event.preventDefault();
        onSend(model.trim());
        setModel("");
      }}
    >
      <div className={ui.row}>
        <TextField
          label="Model"
          list="replay-models"
          value={model}
          className={styles.replayModel}
          placeholder="a route, or provider/model"
          onChange={(event) => setModel(event.target.value)}
        />
        <datalist id="replay-models">
          {names?.map(({ id }) => <option key={id} value={id} />)}
        </datalist>
        <Button type="submit" look="primary" disabled={isFull || !model.trim()}>
          Send it
        </Button>
      </div>
      <p className={ui.faint}>{isFull ? "Take one away to try another." : "The same request is sent to it, and costs what it costs."}</p>
    </form>
  );
}
