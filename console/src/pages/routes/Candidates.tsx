import type { Explanation } from "../../api/types";
import { formatCount } from "../../format/numbers";
import { formatSeconds } from "../../format/times";
import { Badge } from "../../ui/Badge";
import styles from "./Routes.module.css";

const WORTH_TELLING = 100;

/** The order in which targets would be tried, and why some would not. */
export function Candidates({ explanation }: { explanation: Explanation }) {
  return (
    <div className={styles.explanation}>
      <p>
        Policy <strong>{explanation.policy}</strong>, at most {explanation.max_attempts} attempts
        {explanation.tokens >= WORTH_TELLING ? `; about ${formatCount(explanation.tokens)} tokens` : ""}
        {explanation.needs.length ? `; the request needs ${explanation.needs.join(", ")}` : ""}.
      </p>
      <ol className={styles.candidates}>
        {explanation.candidates.map((candidate, index) => (
          <li key={`${candidate.target} ${index}`} data-skipped={candidate.skipped || undefined}>
            <div className={styles.candidateHead}>
              <strong>{candidate.target}</strong>
              {candidate.skipped ? <Badge tone="warn">skipped</Badge> : null}
              {!candidate.skipped && candidate.dialect ? (
                <Badge tone={candidate.is_passed_through ? "good" : "plain"}>
                  {candidate.is_passed_through ? "bytes through" : `translated to ${candidate.dialect}`}
                </Badge>
              ) : null}
            </div>
            {candidate.skipped ? <p>{candidate.skipped}</p> : null}
            <ul className={styles.keys}>
              {candidate.keys.map((key) => (
                <li key={key.name}>
                  <code>{key.name}</code>
                  {key.is_home ? <Badge tone="accent">home of the conversation</Badge> : null}
                  {key.rest ? (
                    <span>
                      {key.rest}
                      {key.seconds ? `, ${formatSeconds(key.seconds)} left` : ""}
                    </span>
                  ) : (
                    <Badge tone="good">ready</Badge>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </div>
  );
}
