import { useQuery } from "@tanstack/react-query";

import { change } from "../../api/client";
import type { ExchangeLine, Explanation } from "../../api/types";
import { Loaded } from "../../ui/Feedback";
import ui from "../../ui/ui.module.css";
import { Candidates } from "../routes/Candidates";

/** Who would be considered for the same request at this moment, in which order, and why others are passed over. */
export function Decision({ exchange }: { exchange: ExchangeLine }) {
  const question = { model: exchange.route, dialect: exchange.client_dialect, tokens: exchange.input_tokens };
  const query = useQuery({
    queryKey: ["explain", question],
    queryFn: () => change<Explanation>("POST", "/routes/explain", question),
    enabled: exchange.route !== "",
    retry: false,
  });
  if (!exchange.route) return <p className={ui.soft}>It asked for no model.</p>;
  return <Loaded query={query}>{(explanation) => <Candidates explanation={explanation} />}</Loaded>;
}
