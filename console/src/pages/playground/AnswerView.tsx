import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { formatCount, formatMoney, formatShort } from "../../format/numbers";
import { formatSeconds } from "../../format/times";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { firstSeconds, tokensPerSecond, wholeSeconds, type Answer } from "./answer";
import { costQuery } from "./cost";
import styles from "./Playground.module.css";

export function AnswerView({ answer, onShowBytes }: { answer: Answer; onShowBytes?: () => void }) {
  return (
    <div className={styles.answer}>
      <AnswerWords answer={answer} />
      {answer.endedAt === null ? null : <Figures answer={answer} {...(onShowBytes ? { onShowBytes } : {})} />}
    </div>
  );
}

/** Words of a model are text and nothing else: no markup, no picture from elsewhere, no link. */
export function AnswerWords({ answer }: { answer: Answer }) {
  return (
    <>
      {answer.thinking ? (
        <details className={styles.thinking} open={answer.state === "streaming" && !answer.text}>
          <summary>Thinking</summary>
          <div className={styles.words}>{answer.thinking}</div>
        </details>
      ) : null}
      {answer.text ? <div className={styles.words}>{answer.text}</div> : null}
      {answer.state === "waiting" ? <p className={styles.waits}>Waiting for the first token…</p> : null}
      {answer.calls.map((call) => (
        <div key={call.id} className={styles.call}>
          Calls <code>{call.name}</code>
          <pre>{call.input}</pre>
        </div>
      ))}
      {answer.error ? (
        <p className={styles.error} role="alert">
          {answer.error}
        </p>
      ) : null}
    </>
  );
}

function Figures({ answer, onShowBytes }: { answer: Answer; onShowBytes?: () => void }) {
  const cost = formatMoney(useQuery(costQuery(answer.exchange)).data?.exchange.cost_nanodollars);
  const speed = tokensPerSecond(answer);
  return (
    <div className={styles.figures}>
      <dl>
        <Figure label="first token" value={formatSeconds(firstSeconds(answer))} />
        <Figure label="whole" value={formatSeconds(wholeSeconds(answer, 0))} />
        <Figure label="speed" value={speed === null ? "–" : formatShort(speed, "tok/s")} />
        <Figure label="tokens in" value={formatCount(answer.usage?.input)} />
        <Figure label="out" value={formatCount(answer.usage?.output)} />
        <Figure label="cost" value={cost} />
      </dl>
      <div className={styles.figureFoot}>
        {answer.state === "stopped" ? <Badge tone="warn">stopped</Badge> : null}
        {answer.finish ? <Badge>{answer.finish}</Badge> : null}
        {answer.target ? <span className={styles.target}>{answer.target}</span> : null}
        {answer.losses ? (
          <Badge tone="warn" title={answer.losses}>
            losses: {answer.losses}
          </Badge>
        ) : null}
        <span className={styles.spacer} />
        {answer.exchange ? (
          <Link to="/exchanges/$id" params={{ id: answer.exchange }}>
            Open the exchange
          </Link>
        ) : null}
        {onShowBytes ? (
          <Button small onClick={onShowBytes}>
            Bytes
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
