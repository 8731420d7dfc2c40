using System.Collections.Concurrent;
using System.Threading.Channels;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>
/// Every request that came to the API, with its key and its answer. Lines are written together a moment after their answers,
/// so that looking on slows nobody down; who kills the process may lose the last ones, never a payment.
/// </summary>
public sealed class StripeJournal : IAsyncDisposable
{
    /// <summary>Lines that are kept; the oldest make room.</summary>
    private const int Kept = 20_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<(DateTimeOffset At, JournalLine Line)> waiting = new();
    private readonly LedgerFile file;
    private readonly TimeProvider time;
    private int flushing;

    internal StripeJournal(LedgerFile file, TimeProvider time) => (this.file, this.time) = (file, time);

    /// <summary>The calls that concern an object, or all; newest first.</summary>
    /// <param name="about">A customer, a PaymentIntent, another id, or an idempotency key; null for all.</param>
    /// <param name="before">Only lines before this one; null for the newest.</param>
    /// <param name="take">At most 200; one more is read, so that a further page shows.</param>
    public async Task<IReadOnlyList<JournalEntry>> ListAsync(string? about, long? before, int take)
    {
        await FlushAsync();
        return file.Read(ledger => ledger.Sql.Rows("""
            SELECT id, at, method, path, params, key, request, status, answer, replayed, fault FROM journal
            WHERE id < @p0 AND (@p1 IS NULL OR key = @p1 OR instr(subjects, ' ' || @p1 || ' ') > 0) ORDER BY id DESC LIMIT @p2
            """,
            row => new JournalEntry(row.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2), row.GetString(3), row.GetString(4),
                row.IsDBNull(5) ? null : row.GetString(5), row.GetString(6), row.IsDBNull(7) ? null : row.GetInt32(7),
                row.IsDBNull(8) ? null : row.GetString(8), row.GetInt64(9) != 0, row.IsDBNull(10) ? null : row.GetString(10)),
            before ?? long.MaxValue, about, Math.Clamp(take, 1, 200) + 1));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await FlushAsync();

    internal void Write(JournalLine line)
    {
        waiting.Enqueue((file.Now, line));
        if (Interlocked.Exchange(ref flushing, 1) == 0)
        {
            _ = FlushSoonAsync();
        }
    }

    private async Task FlushSoonAsync()
    {
        await Task.Delay(Pause, time);
        Volatile.Write(ref flushing, 0);
        try
        {
            await FlushAsync();
        }
        catch (ChannelClosedException)
        {
            // The ledger was closed meanwhile; what came in last is not written down.
        }
    }

    private async Task FlushAsync()
    {
        if (waiting.IsEmpty)
        {
            return;
        }

        await file.WriteAsync(ledger =>
        {
            while (waiting.TryDequeue(out var next))
            {
                var (at, line) = next;
                ledger.Sql.Run("""
                    INSERT INTO journal(at, method, path, params, key, request, status, answer, replayed, fault, subjects)
                    VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10)
                    """,
                    at.ToUnixTimeMilliseconds(), line.Method, line.Path, line.Parameters(), line.Request?.Key, line.RequestId, line.Reply?.Status,
                    line.Answer(), line.Reply?.ReplayOf is null ? 0 : 1, line.Fault, line.Subjects(ledger));
            }

            ledger.Sql.Run("DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) - @p0", Kept);
        });
    }
}

/// <summary>One call to the API.</summary>
/// <param name="At">Billing time.</param>
/// <param name="Path">Below <c>/v1/</c>.</param>
/// <param name="Parameters">One a line, as <c>name = value</c>.</param>
/// <param name="Key">The idempotency key.</param>
/// <param name="RequestId">The API's own id of the call.</param>
/// <param name="Status">Null when the connection was dropped without an answer.</param>
/// <param name="Answer">The body of the answer, as JSON.</param>
/// <param name="IsReplay">Whether an answer that had been kept under the key was given again.</param>
/// <param name="Fault">The fault that struck.</param>
public sealed record JournalEntry(
    long Id, DateTimeOffset At, string Method, string Path, string Parameters, string? Key, string RequestId, int? Status, string? Answer, bool IsReplay, string? Fault);
