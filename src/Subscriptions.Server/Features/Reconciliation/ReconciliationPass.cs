using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>A difference as one comparison sees it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">The gateway's object or our invoice: with the kind, its name.</param>
/// <param name="At">When that happened, in billing time.</param>
/// <param name="Ours">What we have, in words.</param>
/// <param name="Theirs">What the gateway has, in words.</param>
/// <param name="Difference">By how much the gateway has more than we.</param>
public sealed record Difference(FindingKind Kind, string Subject, DateTimeOffset At, string Ours, string Theirs, Money Amount)
{
    /// <summary>The invoice that it is about.</summary>
    public InvoiceId? InvoiceId { get; init; }

    /// <summary>Whether staff may apply a repair.</summary>
    public bool Repairable { get; init; }

    /// <summary>A repair that is safe by itself; true when it is mended. Null when a person has to decide.</summary>
    public Func<Task<bool>>? Mend { get; init; }
}

/// <summary>The gateway did not answer: nothing can be said, and the comparison has to be made again.</summary>
public sealed class GatewaySilentException(string what) : Exception(what);

/// <summary>One comparison under way: its window, and what it has seen. The same difference is one row, however often it is seen.</summary>
public sealed class ReconciliationPass(IDbContextFactory<SubscriptionsDb> databases, RecordWindow window, DateTimeOffset now)
{
    private const int MostPages = 20_000;

    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    /// <summary>What is compared.</summary>
    public RecordWindow Window => window;

    /// <summary>Differences that it mended.</summary>
    public int Mended { get; private set; }

    /// <summary>Reads a list of the gateway's to its end.</summary>
    /// <exception cref="GatewaySilentException">A page brought no answer.</exception>
    public static async IAsyncEnumerable<IReadOnlyList<T>> PagesAsync<T>(Func<string?, Task<GatewayAnswer<GatewayPage<T>>>> read)
    {
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await read(after);
            if (answer is not GatewayAnswer<GatewayPage<T>>.Answered { Value: var found })
            {
                throw new GatewaySilentException(answer switch
                {
                    GatewayAnswer<GatewayPage<T>>.Refused refused => refused.Message,
                    GatewayAnswer<GatewayPage<T>>.Unknown unknown => unknown.Reason,
                    _ => "The payment provider did not answer.",
                });
            }

            yield return found.Items;
            if (found.Next is null)
            {
                yield break;
            }

            after = found.Next;
        }

        throw new GatewaySilentException($"The list is longer than {MostPages} pages; choose a shorter window.");
    }

    /// <summary>Writes a difference down, and mends it where that is safe.</summary>
    public async Task SeeAsync(Difference difference)
    {
        var id = $"{difference.Kind}:{difference.Subject}";
        seen.Add(id);
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.Findings.FirstOrDefaultAsync(f => f.Id == id) ?? db.Findings.Add(New(id, difference)).Entity;
        (row.Ours, row.Theirs, row.LastSeenAt) = (Brief(difference.Ours), Brief(difference.Theirs), now);
        (row.Difference, row.Repairable) = (difference.Amount.Amount, difference.Repairable);
        if (row.State is FindingState.Gone or FindingState.Repaired)
        {
            (row.State, row.SettledAt, row.SettledBy) = (FindingState.Open, null, null);
        }

        row.SubscriptionId ??= difference.InvoiceId is { } invoice
            ? await db.Invoices.Where(i => i.Id == invoice).Select(i => i.SubscriptionId).FirstOrDefaultAsync()
            : null;
        if (row.State == FindingState.Open && difference.Mend is { } mend && await mend())
        {
            (row.State, row.SettledAt, row.SettledBy) = (FindingState.Repaired, now, Billing.Actors.System);
            Mended++;
        }

        await db.SaveChangesAsync();
    }

    /// <summary>Closes the differences of this window that are there no more.</summary>
    public async Task CloseVanishedAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var open = await db.Findings.Where(f => f.State == FindingState.Open && f.SubjectAt >= window.From && f.SubjectAt < window.To).ToListAsync();
        foreach (var row in open.Where(f => !seen.Contains(f.Id)))
        {
            (row.State, row.SettledAt, row.SettledBy) = (FindingState.Gone, now, Billing.Actors.System);
        }

        await db.SaveChangesAsync();
    }

    private FindingRow New(string id, Difference difference) => new()
    {
        Id = id,
        Kind = difference.Kind,
        Subject = difference.Subject,
        InvoiceId = difference.InvoiceId,
        Ours = "",
        Theirs = "",
        Currency = difference.Amount.Currency,
        State = FindingState.Open,
        SubjectAt = difference.At,
        FirstSeenAt = now,
        LastSeenAt = now,
    };

    private static string Brief(string words) => words.Length <= 300 ? words : words[..300];
}
