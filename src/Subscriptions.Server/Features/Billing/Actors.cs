using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Who set something off, as the record keeps it: an id, never a name.</summary>
public static class Actors
{
    /// <summary>The timetable.</summary>
    public const string System = "system";

    /// <summary>A reader, by her own hand.</summary>
    public static string Reader(ReaderId reader) => $"reader:{reader.Value}";

    /// <summary>A member of staff.</summary>
    public static string Staff(string accountId) => $"staff:{accountId}";

    /// <summary>Whoever reports what became of mails.</summary>
    public const string MailServer = "mail-server";

    /// <summary>A publisher's own system, through the API.</summary>
    public const string Api = "api";
}
