using System.Security.Cryptography;
using System.Text.Json;
using Subscriptions.Sandbox.Clock;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>The keys of one sandbox folder, made at random when it is new and shared by all its rooms.</summary>
/// <param name="MailSecret">Signs reports about mails; a folder of an earlier version gets it at the next start.</param>
public sealed record SandboxKeys(string ApiKey, string SiteKey, string StripeKey, string WebhookSecret, string? MailSecret = null)
{
    /// <summary>The folder's keys.</summary>
    public static SandboxKeys Of(string folder)
    {
        var path = Path.Combine(folder, "keys.json");
        var known = DurableFile.Read(path) is { } kept ? JsonSerializer.Deserialize<SandboxKeys>(kept)! : null;
        if (known?.MailSecret is not null)
        {
            return known;
        }

        var without = known ?? new SandboxKeys("api_" + Secret(), "site_" + Secret(), "sk_test_" + Secret(), "whsec_" + Secret());
        var made = without with { MailSecret = "mail_" + Secret() };
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(made));
        return made;
    }

    private static string Secret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
