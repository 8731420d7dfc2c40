using System.Net;
using System.Net.Mail;
using Subscriptions.Server.Adapters.Smtp;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Smtp</c>.</summary>
internal static class SmtpSection
{
    // A server there waits for a TLS greeting before it says a word: every mail would run into the time-out.
    private const int ImplicitTlsPort = 465;

    public static SmtpSettings? Read(SettingsReader read, string? publisherName, bool implicitTls)
    {
        var host = Host(read);
        var port = read.Number("Smtp:Port", 587, 1, 65535, "a port");
        if (port == ImplicitTlsPort && !implicitTls)
        {
            read.Fail("Smtp:Port", $"is {ImplicitTlsPort}, where servers expect implicit TLS. Write the submission port with STARTTLS, usually 587; the production host speaks implicit TLS, unless MailKit:ImplicitTls is false.");
        }

        var startTls = read.Flag("Smtp:StartTls", true);
        var from = From(read);
        var timeout = read.Number("Smtp:TimeoutSeconds", 15, 1, 120, "seconds");
        var (user, password) = Account(read, host, startTls || implicitTls);
        return host is null || from is null ? null : new SmtpSettings
        {
            Host = host,
            Port = port,
            StartTls = startTls,
            User = user,
            Password = password,
            FromAddress = from,
            FromName = read.Optional("Smtp:FromName") ?? publisherName ?? from,
            Timeout = TimeSpan.FromSeconds(timeout),
        };
    }

    private static string? Host(SettingsReader read)
    {
        const string What = "the name of the mail server, such as \"smtp.example.com\", without scheme or port.";
        var host = read.Required("Smtp:Host", What);
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            read.Fail("Smtp:Host", $"is {SettingsReader.Shown(host)}. Write {What}");
        }

        return host;
    }

    private static string? From(SettingsReader read)
    {
        const string What = "the address that readers see as sender, such as \"subscriptions@example.com\".";
        var from = read.Required("Smtp:FromAddress", What);
        if (from is not null && !(MailAddress.TryCreate(from, out var address) && address.Address == from))
        {
            read.Fail("Smtp:FromAddress", $"is {SettingsReader.Shown(from)}. Write {What}");
        }

        return from;
    }

    private static (string? User, string? Password) Account(SettingsReader read, string? host, bool encrypted)
    {
        var user = read.Optional("Smtp:User");
        var password = read.Optional("Smtp:Password");
        if (user is not null && password is null)
        {
            read.Fail("Smtp:Password", "is missing while Smtp:User is set. Write the password of that account, or remove Smtp:User.");
        }

        if (user is null && password is not null)
        {
            read.Fail("Smtp:User", "is missing while Smtp:Password is set. Write the account's name, or remove Smtp:Password.");
        }

        if (user is not null && !encrypted && host is not null && !IsLoopback(host))
        {
            read.Fail("Smtp:StartTls", "is false while Smtp:User is set. Write true, or the password would travel unencrypted.");
        }

        return (user, password);
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
