namespace Subscriptions.Server.Hosting.Settings;

/// <summary>What comes back about mails. A class, so that printing it can never print a secret.</summary>
public sealed class MailFeedbackSettings
{
    /// <summary>Shared with whoever reports bounces and complaints; two during a rotation; none: the route does not exist.</summary>
    public required IReadOnlyList<string> Secrets { get; init; }
}

/// <summary>Reads <c>Mail</c>.</summary>
internal static class MailSection
{
    private const int MinLength = 24;
    private const int MaxLength = 256;
    private const int MostSecrets = 2;

    public static MailFeedbackSettings Read(SettingsReader read)
    {
        var secrets = read.Texts("Mail:WebhookSecrets");
        if (secrets.Count > MostSecrets)
        {
            read.Fail("Mail:WebhookSecrets", $"has {secrets.Count} secrets. Write one, or two while one takes the other's place.");
        }

        if (secrets.Any(secret => secret.Length is < MinLength or > MaxLength || !secret.All(c => c is > ' ' and < '\u007f')))
        {
            read.Fail("Mail:WebhookSecrets", $"has a secret that cannot be used. Write {MinLength} to {MaxLength} random characters without spaces and commas.");
        }

        return new MailFeedbackSettings { Secrets = secrets };
    }
}
