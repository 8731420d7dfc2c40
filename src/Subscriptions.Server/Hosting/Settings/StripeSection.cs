using System.Text.RegularExpressions;
using Subscriptions.Server.Adapters.Stripe;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Stripe</c>. No message repeats a key or a secret.</summary>
internal static partial class StripeSection
{
    public static StripeSettings? Read(SettingsReader read)
    {
        var api = ApiBase(read);
        var key = SecretKey(read);
        var secrets = WebhookSecrets(read);
        var kinds = MethodKinds(read);
        var call = read.Number("Stripe:CallTimeoutSeconds", 20, 1, 120, "seconds");
        var total = read.Number("Stripe:TotalTimeoutSeconds", 45, 1, 50, "seconds");
        var retries = read.Number("Stripe:MaxRetries", 2, 0, 5, "repetitions");
        var delay = read.Number("Stripe:RetryDelayMilliseconds", 300, 10, 5000, "milliseconds");
        var pace = read.Number("Stripe:CallsPerSecond", 80, 1, 1000, "calls");
        if (total < call)
        {
            read.Fail("Stripe:TotalTimeoutSeconds", $"is shorter than Stripe:CallTimeoutSeconds. Write {call} or more.");
        }

        return api is null || key is null ? null : new StripeSettings
        {
            ApiBase = api,
            SecretKey = key,
            WebhookSecrets = secrets,
            MethodKinds = kinds,
            CallTimeout = TimeSpan.FromSeconds(call),
            TotalTimeout = TimeSpan.FromSeconds(total),
            MaxRetries = retries,
            CallsPerSecond = pace,
            RetryDelay = TimeSpan.FromMilliseconds(delay),
        };
    }

    private static Uri? ApiBase(SettingsReader read)
    {
        var text = read.Optional("Stripe:ApiBase") ?? "https://api.stripe.com";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Query: "", Fragment: "", UserInfo: "" }
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            return uri;
        }

        read.Fail("Stripe:ApiBase", $"is {SettingsReader.Shown(text)}. Write \"https://api.stripe.com\"; plain http is for this machine only, since the key travels along.");
        return null;
    }

    private static string? SecretKey(SettingsReader read)
    {
        const string What = "the secret key of the Stripe account (it begins with sk_test_, sk_live_, rk_test_ or rk_live_); "
            + "pass it as the environment variable Stripe__SecretKey rather than in a file.";
        var key = read.Required("Stripe:SecretKey", What);
        if (key is not null && !KeyPattern().IsMatch(key))
        {
            read.Fail("Stripe:SecretKey", $"is {(key.StartsWith("pk_", StringComparison.Ordinal) ? "a publishable key" : "no secret key")}. Write {What}");
        }

        return key;
    }

    private static IReadOnlyList<string> MethodKinds(SettingsReader read)
    {
        var kinds = read.Texts("Stripe:MethodKinds");
        if (kinds.FirstOrDefault(kind => kind is not ("card" or "bacs" or "paypal")) is { } unknown)
        {
            read.Fail("Stripe:MethodKinds", $"has the entry {SettingsReader.Shown(unknown)}. Write any of \"card\", \"bacs\" and \"paypal\", as they are enabled in the Stripe account.");
        }

        return kinds.Count > 0 ? kinds : ["card"];
    }

    private static IReadOnlyList<string> WebhookSecrets(SettingsReader read)
    {
        const string What = "the signing secret of the webhook endpoint /webhooks/stripe (it begins with whsec_), or two of them "
            + "during a rotation; pass it as the environment variable Stripe__WebhookSecret rather than in a file.";
        var secrets = read.Texts("Stripe:WebhookSecret");
        if (secrets.Count == 0)
        {
            read.Fail("Stripe:WebhookSecret", $"is missing. Write {What}");
        }
        else if (!secrets.All(SecretPattern().IsMatch))
        {
            read.Fail("Stripe:WebhookSecret", $"has an entry that is no signing secret. Write {What}");
        }

        return secrets;
    }

    [GeneratedRegex("^[sr]k_(test|live)_[A-Za-z0-9_]{4,250}$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();

    [GeneratedRegex("^whsec_[A-Za-z0-9+/=_-]{8,250}$", RegexOptions.CultureInvariant)]
    private static partial Regex SecretPattern();
}
