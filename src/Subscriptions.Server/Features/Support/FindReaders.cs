using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Support;

/// <summary>A reader in a list of results.</summary>
/// <param name="Row">The reader.</param>
/// <param name="Subscriptions">The reader's, newest first.</param>
public sealed record FoundReader(ReaderRow Row, IReadOnlyList<SubscriptionRow> Subscriptions);

/// <summary>
/// One box for all: a part of the e-mail address or name, the beginning of one of our ids, an invoice's number, or the
/// gateway's id of a payment, charge or customer.
/// </summary>
public sealed class FindReaders(IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>Longest text to look for, in characters: the longest of our ids and addresses.</summary>
    public const int MaxLength = 254;

    // Anything shorter would match every id: they begin with what they are, such as "sub_".
    private const int ShortestIdPart = 6;

    /// <summary>Whether a text may be looked for.</summary>
    public static bool CanLookFor(string text) => text.Length <= MaxLength && !text.Any(char.IsControl);

    /// <summary>The readers whom a text may mean, newest first; all of them for an empty one.</summary>
    public async Task<Paged<FoundReader>> RunAsync(string text, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        var readers = await page.OfAsync(
            Matching(db, InOneLine(text)).AsNoTracking().Where(r => r.CreatedAt <= page.Before).OrderByDescending(r => r.CreatedAt).ThenByDescending(r => r.Id),
            r => r.CreatedAt);
        var ids = readers.Items.Select(r => r.Id).ToList();
        var subscriptions = (await db.Subscriptions.AsNoTracking().Where(s => ids.Contains(s.ReaderId)).OrderByDescending(s => s.StartedAt).ToListAsync())
            .ToLookup(s => s.ReaderId);
        return readers.Select(r => new FoundReader(r, [.. subscriptions[r.Id]]));
    }

    /// <summary>One reader, or null.</summary>
    public async Task<FoundReader?> OneAsync(ReaderId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Readers.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id) is { } row
            ? new FoundReader(row, await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == id).OrderByDescending(s => s.StartedAt).ToListAsync())
            : null;
    }

    private static IQueryable<ReaderRow> Matching(SubscriptionsDb db, string text)
    {
        if (text.Length == 0)
        {
            return db.Readers;
        }

        var email = text.ToUpperInvariant();
        var name = CapitalAscii(text);
        var nameAsWritten = CapitalAscii(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(text.ToLowerInvariant()));

        // The database's upper(), not the machine's culture, runs here.
#pragma warning disable CA1304, CA1311, CA1862
        var byPerson = db.Readers.Where(r =>
            r.NormalizedEmail.Contains(email) || r.Name.ToUpper().Contains(name) || r.Name.ToUpper().Contains(nameAsWritten));
#pragma warning restore CA1304, CA1311, CA1862
        return text.Length < ShortestIdPart || text.Contains(' ', StringComparison.Ordinal) || text.Contains('@', StringComparison.Ordinal)
            ? byPerson
            : byPerson.Union(ById(db, text));
    }

    private static IQueryable<ReaderRow> ById(SubscriptionsDb db, string text)
    {
        // Our ids are small letters, and not every database compares without regard to case. A place leads to who has it or had it, else to the account holder.
        var pattern = Escape(text.ToLowerInvariant()) + "%";
        var number = text.ToUpperInvariant();
        var charged = db.PaymentAttempts.Where(a => a.ChargeId == text).Select(a => a.InvoiceId);
        return db.Readers.Where(r =>
            EF.Functions.Like((string)(object)r.Id, pattern, "\\")
            || r.GatewayCustomerId == text
            || db.Subscriptions.Any(s => s.ReaderId == r.Id && EF.Functions.Like((string)(object)s.Id, pattern, "\\"))
            || db.Seats.Any(s => EF.Functions.Like(s.Id, pattern, "\\")
                && (s.ReaderId == r.Id || (s.ReaderId == null && db.Subscriptions.Any(g => g.Id == s.SubscriptionId && g.ReaderId == r.Id))))
            || db.Invoices.Any(i => i.ReaderId == r.Id
                && (EF.Functions.Like((string)(object)i.Id, pattern, "\\") || i.Number.StartsWith(number) || i.PaymentIntentId == text || charged.Contains(i.Id))));
    }

    // Copied from a page or a letter, a name may have come with two blanks in it.
    private static string InOneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);

    // SQLite raises the 26 letters only; what it compares with must have been raised in the same way.
    private static string CapitalAscii(string text) => string.Concat(text.Select(c => char.IsAsciiLetterLower(c) ? char.ToUpperInvariant(c) : c));
}
