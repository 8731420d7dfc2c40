namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>How mail is handed over. A class, not a record, so that printing it can never print the password.</summary>
public sealed class SmtpSettings
{
    /// <summary>The mail server's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Its submission port, 1 to 65535.</summary>
    public int Port { get; init; } = 587;

    /// <summary>True when the connection must be encrypted (STARTTLS) before anything is said.</summary>
    public bool StartTls { get; init; } = true;

    /// <summary>The account, or null where none is needed.</summary>
    public string? User { get; init; }

    /// <summary>The account's password.</summary>
    public string? Password { get; init; }

    /// <summary>Whom readers see as sender.</summary>
    public required string FromAddress { get; init; }

    /// <summary>The sender's name.</summary>
    public required string FromName { get; init; }

    /// <summary>The longest time for handing over one message, 1 to 120 s of wall time.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);
}
