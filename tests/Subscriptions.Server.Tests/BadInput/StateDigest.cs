using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Subscriptions.Data;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>Everything that the database holds, in a few characters per table, beside what a refused request may leave behind.</summary>
internal static class StateDigest
{
    /// <summary>Tables that a refused request may change, each with the reason.</summary>
    private static readonly Dictionary<string, string> _mayChange = new(StringComparer.Ordinal)
    {
        ["ApiAnswers"] = "an Idempotency-Key is claimed while its request is looked at",
        ["WebhookEvents"] = "an event that the gateway signed is kept, whatever it says",
        ["ReaderSessions"] = "signing out is anybody's right",
        ["SiteGrants"] = "a website may begin a sign-in",
        ["JobRuns"] = "the jobs go on meanwhile",
        ["SigningKeys"] = "made at their first use",
        ["DataProtectionKeys"] = "made at their first use",
    };

    // Throttling of sign-ins, and the stamp that ends sessions.
    private static readonly HashSet<string> _columnsThatMayChange = ["AccessFailedCount", "LockoutEnd", "LockoutEnabled", "ConcurrencyStamp", "LastSeenAt"];

    /// <summary>A digest of each table.</summary>
    public static async Task<SortedDictionary<string, string>> TakeAsync(SubscriptionsDb db)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var connection = db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync();
        foreach (var table in db.Model.GetEntityTypes().Where(t => t.GetTableName() is { } name && !_mayChange.ContainsKey(name)).DistinctBy(t => t.GetTableName()))
        {
            digests[table.GetTableName()!] = await OfAsync(connection, table);
        }

        return digests;
    }

    private static async Task<string> OfAsync(DbConnection connection, IEntityType table)
    {
        var columns = table.GetProperties().Select(p => p.GetColumnName()).Where(c => !_columnsThatMayChange.Contains(c)).Select(c => $"\"{c}\"");
        await using var command = connection.CreateCommand();

        // A knock's own work comes and goes with it, and so does the numbering of events; websites hear of a sign-out.
        var which = table.GetTableName() switch
        {
            "DueWork" => " WHERE \"Kind\" NOT IN ('ProcessWebhook', 'PublishEvents')",
            "Events" => $" WHERE \"Type\" <> '{ReaderSessions.RevokedEvent}'",
            _ => "",
        };
        command.CommandText = $"SELECT {string.Join(", ", columns)} FROM \"{table.GetTableName()}\"{which}";
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture))));
        }

        rows.Sort(StringComparer.Ordinal);
        return $"{rows.Count} rows {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows))))[..16]}";
    }
}
