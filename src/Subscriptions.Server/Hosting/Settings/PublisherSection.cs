using Subscriptions.Domain;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Publisher</c>.</summary>
internal static class PublisherSection
{
    private const int MaxNameLength = 80;

    public static PublisherSettings? Read(SettingsReader read)
    {
        var name = Name(read);
        var address = Address(read);
        var hours = Hours(read);
        int? endings = read.Optional("Publisher:EndingsPerDay") is null ? null : read.Number("Publisher:EndingsPerDay", 200, 1, 1_000_000, "subscriptions");
        return name is null || address is null || hours is null ? null : new PublisherSettings(name, address, hours) { EndingsPerDay = endings };
    }

    private static string? Name(SettingsReader read)
    {
        var name = read.Required("Publisher:Name", "the publisher's name as readers know it, such as \"The Harrowmere Courier\".");
        if (name is { Length: > MaxNameLength } || (name?.Any(char.IsControl) ?? false))
        {
            read.Fail("Publisher:Name", $"is too long or has a line break. Write one line of at most {MaxNameLength} characters.");
        }

        return name;
    }

    private static Uri? Address(SettingsReader read)
    {
        const string What = "the public address of this service without a path, such as \"https://account.example.com\".";
        if (read.Required("Publisher:Address", What) is not { } text)
        {
            return null;
        }

        var address = SettingsReader.Origin(text);
        if (address is null)
        {
            read.Fail("Publisher:Address", $"is {SettingsReader.Shown(text)}. Write {What}");
        }

        return address;
    }

    private static PublisherHours? Hours(SettingsReader read)
    {
        var zoneName = read.Optional("Publisher:TimeZone") ?? "Europe/London";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out var zone))
        {
            read.Fail("Publisher:TimeZone", $"is {SettingsReader.Shown(zoneName)}, which this machine does not know. Write an IANA name such as \"Europe/London\".");
        }

        var collect = read.Time("Publisher:CollectAt", new TimeOnly(6, 0));
        var send = read.Time("Publisher:SendAt", new TimeOnly(10, 0));
        var end = read.Time("Publisher:EndAt", new TimeOnly(12, 0));
        var from = read.Time("Publisher:SendFrom", new TimeOnly(8, 0));
        var until = read.Time("Publisher:SendUntil", new TimeOnly(21, 0));
        if (collect >= send)
        {
            read.Fail("Publisher:CollectAt", "is not before Publisher:SendAt. Write an earlier time: each try comes before that day's notice.");
        }

        if (from >= until)
        {
            read.Fail("Publisher:SendFrom", "is not before Publisher:SendUntil. Write an earlier time.");
        }
        else if (send < from || send >= until)
        {
            read.Fail("Publisher:SendAt", "is not between Publisher:SendFrom and Publisher:SendUntil. Write a time between them.");
        }

        var calendar = CalendarSection.Read(read);
        return zone is null ? null : new PublisherHours(zone, collect, send, end, from, until) { Calendar = calendar };
    }
}
