import { useEffect, useMemo, useState } from "preact/hooks";
import { address, getJson } from "../api";
import { Chart } from "../parts/chart";
import { REPORTS } from "../route";
import { dollars, few, whole } from "../times";
import type { UsageReport, UsageRow } from "../types";

/** Tokens and what they cost. */
export function UsageView({ by }: { by: string }) {
  const [report, setReport] = useState<UsageReport | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    getJson<UsageReport>(address("api/usage", { by, breakdown: 1 }), abort.signal).then(
      (got) => (setError(""), setReport(got)),
      (reason: Error) => {
        if (!abort.signal.aborted) setError(reason.message);
      },
    );
    return () => abort.abort();
  }, [by]);
  const rows = report?.rows ?? [];
  const inTime = rows[0] !== undefined && momentOf(rows[0]) !== undefined;
  const costs = useMemo(() => rows.map(({ known_cost }) => known_cost), [rows]);
  const tokens = useMemo(() => rows.map(({ total_tokens }) => total_tokens), [rows]);
  const dates = useMemo(() => rows.map((row) => Date.parse(momentOf(row) ?? "") / 1000), [rows]);
  return (
    <div class="usage">
      <h1>Usage</h1>
      <div class="chips" role="group" aria-label="Sum up by">
        {REPORTS.map(([value, label]) => (
          <a key={value} href={value === "daily" ? "#/usage" : `#/usage?by=${value}`} aria-current={value === by ? "page" : undefined}>
            {label}
          </a>
        ))}
      </div>
      {error && <p class="notice">{error}</p>}
      {report && rows.length === 0 && <p class="notice">Nothing was used.</p>}
      {inTime && rows.length > 1 && (
        <div class="charts">
          <Chart title="Cost in US dollars" times={dates} values={costs} format={(value) => dollars(value)} />
          <Chart title="Tokens" times={dates} values={tokens} format={few} />
        </div>
      )}
      {report && rows.length > 0 && (
        <>
          <p class="small">{`Prices of ${report.prices_date}. What bears ≥ is at least that much: the end of an answer was not written down, or a price is not known.`}</p>
          <Table head={REPORTS.find(([value]) => value === report.report)?.[2] ?? "What"} rows={rows} total={report.totals} />
        </>
      )}
    </div>
  );
}

function Table({ head, rows, total }: { head: string; rows: UsageRow[]; total: UsageRow | undefined }) {
  return (
    <div class="scrolls" role="region" aria-label="Usage in numbers" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {[head, "Input", "Output", "Cache written", "Cache read", "Responses", "Cost"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={nameOf(row)} name={nameOf(row)} row={row} />
          ))}
        </tbody>
        {total && (
          <tfoot>
            <Row name="Total" row={total} />
          </tfoot>
        )}
      </table>
    </div>
  );
}

function Row({ name, row }: { name: string; row: UsageRow }) {
  const counts = [row.input_tokens, row.output_tokens, row.cache_write_tokens, row.cache_read_tokens, row.responses];
  return (
    <tr>
      <th scope="row">{name}</th>
      {counts.map((count, place) => {
        const least = place === 1 && row.lower_bound ? "≥ " : "";
        return (
          <td key={place} title={`${least}${whole(count)}`}>
            {`${least}${few(count)}`}
          </td>
        );
      })}
      <td>{row.cost === null ? dollars(row.known_cost, true) : dollars(row.cost, row.lower_bound)}</td>
    </tr>
  );
}

const momentOf = (row: UsageRow): string | undefined => row.date ?? row.week ?? row.month;
const nameOf = (row: UsageRow): string => momentOf(row) ?? row.model ?? row.directory ?? "?";
