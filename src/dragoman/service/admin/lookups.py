"""One generation, the account and a report, in the words of OpenRouter and of Vercel's gateway, for programs that know
those. Where the two differ, both are said. Money is in dollars there, as text or number as each has it.

Specs: https://openrouter.ai/docs/api-reference/get-a-generation, https://vercel.com/docs/ai-gateway/usage
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from dragoman.ledger.rollup import Totals
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.store import Grouping, UsageLine
from dragoman.service.admin.exchanges import build_line

NANODOLLARS = 1_000_000_000
ReportGrouping = Literal["day", "hour", "user", "model", "tag", "provider", "credential_type"]

GROUPINGS: dict[ReportGrouping, Grouping] = {
    "day": "day",
    "hour": "hour",
    "user": "user",
    "model": "model",
    "tag": "tag",
    "provider": "provider",
    "credential_type": "credential",
}


def build_generation(row: ExchangeRow) -> dict[str, Any]:
    """One exchange as a generation. Programs want a number for a cost: where nobody knows it, `is_priced` says so."""
    line = build_line(row)
    cost = read_dollars(row.cost_nanodollars) or 0.0
    first_us = row.first_content_us or row.duration_us
    return {
        "data": {
            "id": row.id,
            "model": f"{row.provider}/{row.model}" if row.provider else row.route,
            "provider_name": row.provider,
            "created_at": show_time(row.started_ms),
            "origin": row.client_dialect,
            "total_cost": cost,
            "usage": cost,
            "upstream_inference_cost": cost,
            "is_byok": True,
            "is_priced": row.cost_nanodollars is not None,
            "is_estimate": row.is_estimate,
            "streamed": row.is_stream,
            "cancelled": row.outcome == "cancelled",
            "finish_reason": row.finish or row.outcome,
            "latency": first_us // 1000,
            "generation_time": max(row.duration_us - first_us, 0) // 1000,
            "tokens_prompt": line.input_tokens,
            "tokens_completion": line.output_tokens,
            "native_tokens_prompt": line.input_tokens,
            "native_tokens_completion": line.output_tokens,
            "native_tokens_reasoning": row.reasoning,
            "native_tokens_cached": row.cache_read,
            "native_tokens_cache_creation": row.cache_write_5m + row.cache_write_1h,
            "billable_web_search_calls": 0,
        }
    }


def build_credits(spent_nanodollars: int) -> dict[str, Any]:
    """The account of a gateway that sells no credits: nothing was bought, so much was used."""
    spent = Decimal(spent_nanodollars) / NANODOLLARS
    return {
        "data": {"total_credits": 0, "total_usage": float(spent)},
        "balance": "0",
        "total_used": format(spent, "f"),
    }


def build_report(lines: Iterable[UsageLine], by: ReportGrouping) -> dict[str, Any]:
    """Sums by name. All credentials are the operator's own, which is the only type that there is."""
    if by == "credential_type":
        everything = Totals()
        for line in lines:
            everything.add(line.totals)
        lines = [UsageLine("byok", everything)]
    return {"results": [_build_result(line, by) for line in lines]}


def _build_result(line: UsageLine, by: ReportGrouping) -> dict[str, Any]:
    totals = line.totals
    cost = read_dollars(totals.cost_nanodollars)
    return {
        by: line.name,
        "total_cost": cost,
        "market_cost": cost,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "cached_input_tokens": totals.cache_read,
        "cache_creation_input_tokens": totals.cache_write_5m + totals.cache_write_1h,
        "reasoning_tokens": totals.reasoning,
        "request_count": totals.exchanges,
    }


def read_dollars(nanodollars: int | None) -> float | None:
    """Dollars as a JSON number, which is what these two speak; None where nobody knows."""
    return None if nanodollars is None else float(Decimal(nanodollars) / NANODOLLARS)


def show_time(moment_ms: int) -> str:
    """ISO 8601."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
