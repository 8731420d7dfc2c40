using System.Security.Cryptography;
using System.Text.Json;
using Subscriptions.Sandbox.Clock;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>The keys of one sandbox folder, made at random when it is new and shared by all its rooms.</summary>
public sealed record SandboxKeys(string ApiKey, string SiteKey, string StripeKey, string WebhookSecret)
{
    /// <summary>The folder's keys.</summary>
    public static SandboxKeys Of(string folder)
    {
        var path = Path.Combine(folder, "keys.json");
        if (DurableFile.Read(path) is { } known)
        {
            return JsonSerializer.Deserialize<SandboxKeys>(known)!;
        }

        var made = new SandboxKeys("api_" + Secret(), "site_" + Secret(), "sk_test_" + Secret(), "whsec_" + Secret());
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(made));
        return made;
    }

    private static string Secret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
