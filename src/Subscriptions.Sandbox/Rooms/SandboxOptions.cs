using System.Globalization;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>A setting that cannot be used. The message names it and says what to write there.</summary>
public sealed class SettingException(string message) : Exception(message);

/// <summary>The rooms that a process can host.</summary>
[Flags]
public enum SandboxRooms
{
    None = 0,

    /// <summary>My Account, support, the API and the jobs.</summary>
    Service = 1,

    /// <summary>The Harrowmere Courier.</summary>
    Newspaper = 2,

    /// <summary>The panel, the clock's keeper, the inbox and the Stripe simulator.</summary>
    Panel = 4,

    All = Service | Newspaper | Panel,
}

/// <summary>Where everything listens, on loopback.</summary>
public sealed record SandboxPorts(int Newspaper, int Service, int Panel, int Smtp);

/// <summary>The rooms' addresses as browsers write them, without a path: of a web server in front of them, where there is one.</summary>
public sealed record SandboxAddresses(Uri Newspaper, Uri Service, Uri Panel)
{
    /// <summary>The hosts that the rooms answer to.</summary>
    public string AllowedHosts => string.Join(';', new[] { "localhost", "127.0.0.1", "[::1]", Newspaper.Host, Service.Host, Panel.Host }.Distinct());
}

/// <summary>The settings under <c>Sandbox</c>.</summary>
/// <param name="Ports">All different.</param>
/// <param name="Data">Full path of the folder that holds everything the sandbox remembers.</param>
/// <param name="Rooms">What this process hosts.</param>
/// <param name="StartAt">Where the clock of a new folder starts; null for the present.</param>
/// <param name="StepLimit">Wall time that one moment's work may take while the clock is moved.</param>
/// <param name="Database">The service's database.</param>
public sealed record SandboxOptions(SandboxPorts Ports, string Data, SandboxRooms Rooms, DateTimeOffset? StartAt, TimeSpan StepLimit, ServiceDatabase Database)
{
    /// <summary>
    /// <c>Sandbox:Addresses:Newspaper</c>, <c>:Service</c> and <c>:Panel</c> (where the hosted payment pages are too): for rooms that are reached under other
    /// names than <c>localhost</c> and their ports, through a web server that passes <c>Host</c> on.
    /// </summary>
    public SandboxAddresses Addresses { get; init; } = new(At(Ports.Newspaper), At(Ports.Service), At(Ports.Panel));

    /// <summary>The address at which a room listens.</summary>
    public static Uri At(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"));

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="SettingException">One of them cannot be used.</exception>
    public static SandboxOptions Read(IConfiguration settings)
    {
        var ports = new SandboxPorts(
            Port(settings, "Newspaper", 5080), Port(settings, "Service", 5081), Port(settings, "Panel", 5082), Port(settings, "Smtp", 5025));
        RefuseDoubles(ports);
        var folder = Folder(settings);
        return new SandboxOptions(ports, folder, RoomsOf(settings), StartOf(settings), StepOf(settings), ServiceDatabase.Read(settings, folder))
        {
            Addresses = new(Address(settings, "Newspaper", ports.Newspaper), Address(settings, "Service", ports.Service), Address(settings, "Panel", ports.Panel)),
        };
    }

    private static int Port(IConfiguration settings, string room, int usual)
    {
        var name = $"Sandbox:Ports:{room}";
        if (settings[name] is not { Length: > 0 } text) return usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : throw new SettingException($"{name} is \"{text}\". Write a port number from 1 to 65535 there, such as {usual}.");
    }

    private static Uri Address(IConfiguration settings, string room, int port)
    {
        var name = $"Sandbox:Addresses:{room}";
        if (settings[name] is not { Length: > 0 } text) return At(port);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.PathAndQuery == "/" && address.UserInfo.Length == 0
            ? address
            : throw new SettingException($"{name} is \"{text}\". Write an address without a path there, such as https://news.example:8443.");
    }

    private static void RefuseDoubles(SandboxPorts ports)
    {
        var all = new[] { ("Newspaper", ports.Newspaper), ("Service", ports.Service), ("Panel", ports.Panel), ("Smtp", ports.Smtp) };
        if (all.GroupBy(port => port.Item2).FirstOrDefault(same => same.Count() > 1) is not { } doubled) return;
        var names = string.Join(" and ", doubled.Select(port => $"Sandbox:Ports:{port.Item1}"));
        throw new SettingException($"{names} are both {doubled.Key}. Give each a port of its own.");
    }

    private static string Folder(IConfiguration settings)
    {
        var text = settings["Sandbox:Data"] is { Length: > 0 } given ? given : "var";
        try
        {
            var folder = Path.GetFullPath(text);
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".probe-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return folder;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SettingException($"Sandbox:Data is \"{text}\", which cannot be written to ({unusable.Message}). Name a folder that can.");
        }
    }

    private static SandboxRooms RoomsOf(IConfiguration settings)
    {
        var listed = settings.GetSection("Sandbox:Rooms").GetChildren().Select(child => child.Value ?? "").ToList();
        var words = listed.Count > 0 ? listed : [.. (settings["Sandbox:Rooms"] ?? "").Split([',', ' ', ';', '+'], StringSplitOptions.RemoveEmptyEntries)];
        if (words.Count == 0) return SandboxRooms.All;
        var rooms = SandboxRooms.None;
        foreach (var word in words)
        {
            var known = word.Length > 0 && char.IsLetter(word[0]) && Enum.TryParse<SandboxRooms>(word, ignoreCase: true, out var room) && room != SandboxRooms.None
                ? room
                : throw new SettingException($"Sandbox:Rooms names \"{word}\". Write All, or any of Service, Newspaper and Panel, separated by commas.");
            rooms |= known;
        }

        return rooms;
    }

    private static DateTimeOffset? StartOf(IConfiguration settings)
    {
        if (settings["Sandbox:StartAt"] is not { Length: > 0 } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.Year is >= 2000 and < 2200
            ? at.ToUniversalTime()
            : throw new SettingException($"Sandbox:StartAt is \"{text}\". Write an instant there, such as 2026-11-22T09:00:00Z.");
    }

    private static TimeSpan StepOf(IConfiguration settings)
    {
        if (settings["Sandbox:StepSeconds"] is not { Length: > 0 } text) return TimeSpan.FromSeconds(30);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 600
            ? TimeSpan.FromSeconds(seconds)
            : throw new SettingException($"Sandbox:StepSeconds is \"{text}\". Write whole seconds from 1 to 600 there.");
    }
}
