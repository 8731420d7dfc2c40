using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Production.MailKit;

/// <summary>What MailKit can do beyond the settings in <c>Smtp</c>.</summary>
public sealed class MailKitSettings
{
    /// <summary>True when TLS begins with the first byte, as on port 465.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>True when the server is asked to report failures and delays to the sender's address, where it offers to.</summary>
    public bool DeliveryNotifications { get; init; } = true;

    /// <summary>The certificates that the server's own has to come from; null for those that this machine trusts.</summary>
    public X509Certificate2Collection? Authority { get; init; }

    /// <summary>True when the server's certificate is looked up in its authority's lists of revoked ones. A list that cannot be reached refuses the server.</summary>
    public bool CheckRevocation { get; init; } = true;

    /// <summary>How the account proves itself without a password; null for a password or none.</summary>
    public MailOAuthSettings? OAuth { get; init; }

    /// <summary>How the connection is encrypted. With STARTTLS a server that does not offer it gets nothing.</summary>
    internal SecureSocketOptions Security(SmtpSettings smtp) =>
        ImplicitTls ? SecureSocketOptions.SslOnConnect : smtp.StartTls ? SecureSocketOptions.StartTls : SecureSocketOptions.None;

    /// <summary>Judges a server's certificate by <see cref="Authority"/>; null where the machine's judgement counts.</summary>
    internal RemoteCertificateValidationCallback? Trust => Authority is null ? null : (_, certificate, sent, errors) =>
    {
        // Only who vouches for it is judged anew: its name is, and whether there is one at all, as they were.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authority);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        chain.ChainPolicy.ApplicationPolicy.Add(_serverAuthentication);
        chain.ChainPolicy.RevocationMode = CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        using var own = new X509Certificate2(certificate);
        return chain.Build(own);
    };

    private static readonly Oid _serverAuthentication = new("1.3.6.1.5.5.7.3.1");
}

/// <summary>An OAuth 2 client that fetches its own tokens (client credentials). A class, not a record, so that printing it can never print the secret.</summary>
public sealed class MailOAuthSettings
{
    /// <summary>Where tokens are fetched; HTTPS, or HTTP on this machine.</summary>
    public required Uri TokenEndpoint { get; init; }

    /// <summary>The client's id.</summary>
    public required string ClientId { get; init; }

    /// <summary>The client's secret.</summary>
    public required string ClientSecret { get; init; }

    /// <summary>What the token is for; null where the server needs none.</summary>
    public string? Scope { get; init; }

    /// <summary>The mailbox that mails are sent from, as the server knows it.</summary>
    public required string User { get; init; }
}

/// <summary>Reads <c>MailKit</c>. No message repeats a secret.</summary>
internal static class MailKitSection
{
    private const int ImplicitTlsPort = 465;

    public static MailKitSettings Read(SettingsReader read)
    {
        var authority = Authority(read);
        var (implicitTls, revocation) = (ImplicitTls(read), read.Flag("MailKit:CheckRevocation", authority is null));
        foreach (var idle in new[] { "MailKit:CertificateAuthority", "MailKit:CheckRevocation" }.Where(name => read.Optional(name) is not null && !implicitTls && !read.Flag("Smtp:StartTls", true)))
        {
            read.Fail(idle, "is set while neither Smtp:StartTls nor MailKit:ImplicitTls is on, so that no certificate is looked at. Turn one on, or leave it out.");
        }

        return new()
        {
            ImplicitTls = implicitTls,
            DeliveryNotifications = read.Flag("MailKit:DeliveryNotifications", true),
            Authority = authority,
            CheckRevocation = revocation,
            OAuth = OAuth(read),
        };
    }

    internal static bool ImplicitTls(SettingsReader read) => read.Flag("MailKit:ImplicitTls", read.Optional("Smtp:Port") == $"{ImplicitTlsPort}");

    private static X509Certificate2Collection? Authority(SettingsReader read)
    {
        const string Name = "MailKit:CertificateAuthority";
        if (read.Optional(Name) is not { } path)
        {
            return null;
        }

        X509Certificate2Collection authority = [];
        try
        {
            authority.ImportFromPemFile(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            read.Fail(Name, $"is {SettingsReader.Shown(path)}, which could not be read: {unreadable.Message}");
            return null;
        }

        if (authority.Count == 0)
        {
            read.Fail(Name, $"is {SettingsReader.Shown(path)}, which holds no certificate. Write the path of a PEM file.");
            return null;
        }

        return authority;
    }

    private static MailOAuthSettings? OAuth(SettingsReader read)
    {
        string[] names = ["TokenEndpoint", "ClientId", "ClientSecret", "Scope", "User"];
        if (names.All(name => read.Optional($"MailKit:OAuth:{name}") is null))
        {
            return null;
        }

        if (read.Optional("Smtp:User") is not null || read.Optional("Smtp:Password") is not null)
        {
            read.Fail("MailKit:OAuth", "is set together with Smtp:User or Smtp:Password. Keep one way to prove the account.");
        }

        if (!read.Flag("Smtp:StartTls", true) && !ImplicitTls(read))
        {
            read.Fail("MailKit:OAuth", "is set while neither Smtp:StartTls nor MailKit:ImplicitTls is on. Turn one on, or the token would travel unencrypted.");
        }

        var endpoint = Endpoint(read);
        var client = read.Required("MailKit:OAuth:ClientId", "the client's id at the mail provider.");
        var secret = read.Required("MailKit:OAuth:ClientSecret", "the client's secret; pass it as the environment variable MailKit__OAuth__ClientSecret rather than in a file.");
        var user = read.Required("MailKit:OAuth:User", "the mailbox that mails are sent from.");
        return endpoint is null || client is null || secret is null || user is null ? null : new MailOAuthSettings
        {
            TokenEndpoint = endpoint,
            ClientId = client,
            ClientSecret = secret,
            Scope = read.Optional("MailKit:OAuth:Scope"),
            User = user,
        };
    }

    private static Uri? Endpoint(SettingsReader read)
    {
        const string What = "the address at which the mail provider gives tokens, beginning with https://.";
        var text = read.Required("MailKit:OAuth:TokenEndpoint", What);
        if (text is null)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            return uri;
        }

        read.Fail("MailKit:OAuth:TokenEndpoint", uri is { UserInfo.Length: > 0 } ? $"holds an account. Write {What}" : $"is {SettingsReader.Shown(text)}. Write {What}");
        return null;
    }
}
