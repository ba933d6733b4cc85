import type { ExchangeDetail, LossView } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import ui from "../../ui/ui.module.css";
import styles from "./Exchanges.module.css";
import { findPlace, showShort } from "./places";
import { useBodies } from "./useBodies";

interface Props {
  detail: ExchangeDetail;
  /** Show a line of what the client asked. */
  onShow: (line: number) => void;
}

/** What the translation could not carry: what each code means and, where bodies are kept, which field it was. */
export function Losses({ detail, onShow }: Props) {
  const { exchange, losses } = detail;
  const bodies = useBodies(exchange.id).data;
  if (!losses.length) return <NothingLost detail={detail} />;
  if (bodies?.losses.length) {
    return (
      <ul className={styles.losses}>
        {bodies.losses.map((loss, index) => (
          <One key={index} loss={loss} asked={bodies.client_request.text} onShow={onShow} />
        ))}
      </ul>
    );
  }
  return (
    <div className={ui.stack}>
      <ul className={styles.losses}>
        {losses.map(({ code, words }) => (
          <li key={code}>
            <Badge tone="warn">{code}</Badge> {words}
          </li>
        ))}
      </ul>
      <p className={ui.soft}>
        Which fields it were stands in the answer&apos;s header <code>x-dragoman-losses</code>, and here for keys whose bodies are kept (
        <code>bodies.keys</code>).
      </p>
    </div>
  );
}

function One({ loss, asked, onShow }: { loss: LossView; asked: string; onShow: (line: number) => void }) {
  const found = findPlace(asked, loss.path);
  return (
    <li>
      <div>
        <Badge tone="warn">{loss.code}</Badge> <code>{loss.path || "the whole of it"}</code>
        {found ? <code className={styles.lostValue}>{showShort(found.value)}</code> : null}
      </div>
      <div>
        {loss.words} {loss.detail ? <span className={ui.soft}>({loss.detail})</span> : null}
      </div>
      {found ? (
        <Button small onClick={() => onShow(found.line)} aria-label={`Show in the request: ${loss.path}`}>
          Show in the request
        </Button>
      ) : null}
    </li>
  );
}

function NothingLost({ detail: { exchange } }: { detail: ExchangeDetail }) {
  if (!exchange.provider_dialect) return <p className={ui.soft}>No provider was asked.</p>;
  const isSame = exchange.client_dialect === exchange.provider_dialect;
  return (
    <p className={ui.soft}>
      {isSame
        ? "Client and provider speak the same dialect: the bytes went through as they were."
        : `Translated from ${exchange.client_dialect} to ${exchange.provider_dialect} and back; nothing was lost.`}
    </p>
  );
}
