using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>
/// Ledger and report as CSV (RFC 4180, UTF-8). A text that a spreadsheet would take for a formula gets an apostrophe before it;
/// amounts are numbers in whole units with a point, and stay numbers.
/// </summary>
public static class CsvFiles
{
    private static readonly string[] _ledgerColumns = ["at", "set", "cause", "account", "amount", "currency", "invoice", "reader", "gateway_id"];
    private static readonly string[] _accountColumns = ["section", "name", "currency", "opening", "debits", "credits", "closing", "count", "ours", "provider", "state"];

    private static readonly CsvConfiguration _rules = new(CultureInfo.InvariantCulture) { NewLine = "\r\n" };

    /// <summary>Writes the lines of the ledger as they are read.</summary>
    public static async Task WriteLedgerAsync(Stream output, IAsyncEnumerable<LedgerRow> lines)
    {
        await using var csv = Open(output);
        await RowAsync(csv, _ledgerColumns);
        await foreach (var line in lines)
        {
            await RowAsync(
                csv, line.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), Text(line.SetId), Text(line.Cause), line.Account.ToString(),
                Number(line.Amount, line.Currency), line.Currency, Text(line.InvoiceId?.Value), Text(line.ReaderId?.Value), Text(line.GatewayId));
        }
    }

    /// <summary>Writes the report: accounts, what moved, differences.</summary>
    public static async Task WriteReportAsync(Stream output, FinanceReport report)
    {
        await using var csv = Open(output);
        await RowAsync(csv, _accountColumns);
        foreach (var a in report.Accounts)
        {
            await RowAsync(csv, "account", FindingWords.Name(a.Account), a.Currency, Number(a.Opening, a.Currency), Number(a.Debits, a.Currency),
                Number(a.Credits, a.Currency), Number(a.Closing, a.Currency), "", "", "", "");
        }

        foreach (var m in report.Moved)
        {
            await RowAsync(csv, "moved", m.Reason, m.Currency, "", "", "", Number(m.Amount, m.Currency), m.Count.ToString(CultureInfo.InvariantCulture), "", "", "");
        }

        foreach (var f in report.Findings)
        {
            await RowAsync(csv, "difference", Text($"{FindingWords.Title(f.Kind)} ({f.Subject})"), f.Currency, "", "", "", Number(f.Difference, f.Currency), "",
                Text(f.Ours), Text(f.Theirs), f.State.ToString());
        }
    }

    /// <summary>A text that no spreadsheet takes for a formula.</summary>
    public static string Text(string? text) =>
        text is { Length: > 0 } && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? "'" + text : text ?? "";

    /// <summary>Minor units as a number in whole units, such as -9.99.</summary>
    public static string Number(long minor, string currency)
    {
        var digits = Money.KnownCurrencies.GetValueOrDefault(currency, 2);
        return (minor / (decimal)Math.Pow(10, digits)).ToString("F" + digits, CultureInfo.InvariantCulture);
    }

    private static CsvWriter Open(Stream output) => new(new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true), _rules);

    private static async Task RowAsync(CsvWriter csv, params string[] fields)
    {
        foreach (var field in fields)
        {
            csv.WriteField(field);
        }

        await csv.NextRecordAsync();
    }
}
