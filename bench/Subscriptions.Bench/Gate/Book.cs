using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Migrations.Sqlite;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// The database of a publisher: subscribers who have paid for most of a year, so that no job finds anything due, and one reader without a subscription who
/// is signed in. Made with the product's own migrations and mapping; the rows are inserted by prepared statements, since through EF a million takes minutes.
/// </summary>
internal static class Book
{
    /// <summary>What the signed-in reader's website holds of her.</summary>
    public const string Handle = "handle-of-the-bench-0123456789-0123456789-0";

    private const int DaysPaid = 300;
    private const string PlanVersion = "digital-monthly@1";

    /// <summary>She has no subscription, and a sign-in.</summary>
    public static string Registered { get; } = "rdr_" + new string('f', 24);

    /// <summary>The id of a subscriber: like the service's own, and rising with the number, so that a million are inserted in order.</summary>
    public static string ReaderId(int number) => string.Create(CultureInfo.InvariantCulture, $"rdr_{(uint)number * 4_000U:x8}{Mix((ulong)number):x16}");

    /// <summary>As the service names a reader's first subscription.</summary>
    public static string SubscriptionOf(string reader) => $"sub_{reader.AsSpan("rdr_".Length)}_1";

    /// <summary>Makes the file.</summary>
    public static async Task WriteAsync(string file, int subscribers)
    {
        var options = new DbContextOptionsBuilder<SubscriptionsDb>();
        SqliteDatabase.Provider.Configure(options, $"Data Source={file};Pooling=False");
        await using (var db = new SubscriptionsDb(options.Options))
            await db.Database.MigrateAsync();
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-400000; PRAGMA foreign_keys=OFF; BEGIN;");
        Insert(connection, subscribers);
        SignIn(connection);
        Run(connection, "COMMIT; PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL; ANALYZE;");
    }

    private static void Insert(SqliteConnection connection, int subscribers)
    {
        var now = TimeProvider.System.GetUtcNow();
        var template = Row(ReaderId(0), now);
        using var reader = Prepare(connection, "INSERT INTO Readers (Id, Email, NormalizedEmail, Name, AccessVersion, CreatedAt) VALUES ($1, $2, $3, $4, 1, $5)", 5);
        using var subscription = Prepare(connection,
            "INSERT INTO Subscriptions (Id, ReaderId, PlanVersionId, Status, LivingSlot, StartedAt, State, Version) VALUES ($1, $2, $3, $4, 1, $5, $6, 2)", 6);
        for (var i = 0; i <= subscribers; i++)
        {
            var id = i == subscribers ? Registered : ReaderId(i);
            var email = id[4..] + "@example.com";
            Run(reader, id, email, email.ToUpperInvariant(), "Reader " + id[4..12], now.UtcDateTime);
            if (i < subscribers)
            {
                Run(subscription, SubscriptionOf(id), id, template.PlanVersionId, template.Status, now.UtcDateTime,
                    template.State.Replace(ReaderId(0)["rdr_".Length..], id["rdr_".Length..], StringComparison.Ordinal));
            }
        }
    }

    // Handle and sign-in of the first subscriber, as after the sign-in at a website; her next call renews her pass.
    private static void SignIn(SqliteConnection connection)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        using var session = Prepare(connection, "INSERT INTO ReaderSessions (Id, ReaderId, StartedAt) VALUES ($1, $2, $3)", 3);
        Run(session, "ses_bench", ReaderId(0), now);
        using var grant = Prepare(connection,
            "INSERT INTO SiteGrants (Id, SessionId, SiteId, CodeHash, Challenge, ReturnAddress, CodeExpiresAt, CodeUsedAt, HandleHash, HandleExpiresAt) "
            + "VALUES ('grt_bench', 'ses_bench', $1, 'used', 'used', 'http://localhost/gate/callback', $2, $2, $3, $4)", 4);
        Run(grant, StubService.SiteId, now, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Handle))), now.AddDays(30));
    }

    private static SubscriptionRow Row(string readerId, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var contract = new Contract(
            SubscriptionId.From(SubscriptionOf(readerId)), Domain.ReaderId.From(readerId), PlanVersion, "pm_bench", BillingAnchor.Of(today), now, InvoicesRaised: 1, CasesOpened: 0);
        var state = new Subscription.Active(contract, new BillingPeriod(today, today.AddDays(DaysPaid)), null, CancelAtPeriodEnd: false, null);
        var row = SubscriptionMapping.NewRow(state);
        row.Write(state, events: 2);
        return row;
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string text, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"${i}"), null));
        return command;
    }

    private static void Run(SqliteCommand command, params object[] values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static ulong Mix(ulong x)
    {
        x = (x + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        return x ^ (x >> 29);
    }
}
