import type { ExchangeDetail } from "../../api/types";
import { formatCount, formatExactMoney } from "../../format/numbers";
import { Table } from "../../ui/Table";
import ui from "../../ui/ui.module.css";

const CLASSES: Readonly<Record<string, string>> = {
  input: "Input",
  cache_read: "Input from a cache",
  cache_write_5m: "Written to a cache, 5 min",
  cache_write_1h: "Written to a cache, 1 h",
  input_audio: "Audio in",
  input_image: "Images in",
  output: "Output",
  reasoning: "Thinking",
  output_audio: "Audio out",
  output_image: "Images out",
};

/** What was consumed, class by class, and what each class cost. */
export function CostLines({ detail }: { detail: ExchangeDetail }) {
  const { exchange, lines, price } = detail;
  if (!lines.length) return <p className={ui.soft}>No tokens were counted.</p>;
  return (
    <div className={ui.stack}>
      <Table
        label="Tokens and cost"
        rows={lines}
        rowKey={(line) => line.token_class}
        columns={[
          { key: "class", title: "Class", cell: (line) => CLASSES[line.token_class] ?? line.token_class },
          { key: "tokens", title: "Tokens", number: true, cell: (line) => formatCount(line.tokens) },
          {
            key: "rate",
            title: "$ per million",
            number: true,
            cell: (line) => (line.dollars_per_million ? `$${line.dollars_per_million}` : "–"),
          },
          { key: "cost", title: "Cost", number: true, cell: (line) => formatExactMoney(line.cost_nanodollars) },
        ]}
      />
      <p className={ui.soft}>
        {exchange.cost_nanodollars === null || exchange.cost_nanodollars === undefined
          ? "Nobody knows the price of this model; give it one under prices: in the settings."
          : `${exchange.is_estimate ? "About " : ""}${formatExactMoney(exchange.cost_nanodollars)} in all${price ? `, by the price of ${price}` : ""}.`}
        {exchange.is_estimate ? " The provider told no usage, so tokens were estimated." : ""}
      </p>
    </div>
  );
}
