using System.Globalization;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>One setting that stops the start.</summary>
/// <param name="Setting">Its name, such as <c>Stripe:SecretKey</c>.</param>
/// <param name="WhatToWrite">What is wrong and what belongs there; never the value of a secret.</param>
public sealed record SettingFailure(string Setting, string WhatToWrite)
{
    /// <inheritdoc />
    public override string ToString() => $"{Setting}: {WhatToWrite}";
}

/// <summary>Reads settings by name and collects what is wrong with them, so that all of it can be told at once.</summary>
internal sealed class SettingsReader(IConfiguration configuration, List<SettingFailure> failures)
{
    private const int MaxShown = 60;

    /// <summary>Notes a failure.</summary>
    public void Fail(string setting, string whatToWrite) => failures.Add(new SettingFailure(setting, whatToWrite));

    /// <summary>A text, or null when it is absent or blank.</summary>
    public string? Optional(string setting) => configuration[setting] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>A text that must be there.</summary>
    public string? Required(string setting, string whatToWrite)
    {
        var text = Optional(setting);
        if (text is null)
        {
            Fail(setting, $"is missing. Write {whatToWrite}");
        }

        return text;
    }

    /// <summary>One text, or several: as a list or separated by commas.</summary>
    public IReadOnlyList<string> Texts(string setting)
    {
        var section = configuration.GetSection(setting);
        return [.. section.GetChildren().Select(child => child.Value).Append(section.Value)
            .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
    }

    /// <summary>The names of the entries of a list, such as <c>Sites:0</c>.</summary>
    public IReadOnlyList<string> Entries(string setting) => [.. (configuration is AskedSettings asked ? asked.List(setting) : configuration.GetSection(setting)).GetChildren().Select(child => child.Path)];

    /// <summary>A whole number between two bounds.</summary>
    public int Number(string setting, int fallback, int least, int most, string unit)
    {
        if (Optional(setting) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Fail(setting, $"is {Shown(text)}. Write a whole number of {unit} from {least} to {most}, such as {fallback}.");
        return fallback;
    }

    /// <summary>A time of day.</summary>
    public TimeOnly Time(string setting, TimeOnly fallback)
    {
        if (Optional(setting) is not { } text)
        {
            return fallback;
        }

        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        Fail(setting, $"is {Shown(text)}. Write a time of day from 00:00 to 23:59, such as \"{fallback.ToString("HH:mm", CultureInfo.InvariantCulture)}\".");
        return fallback;
    }

    /// <summary>Yes or no.</summary>
    public bool Flag(string setting, bool fallback)
    {
        if (Optional(setting) is not { } text)
        {
            return fallback;
        }

        if (bool.TryParse(text, out var flag))
        {
            return flag;
        }

        Fail(setting, $"is {Shown(text)}. Write true or false.");
        return fallback;
    }

    /// <summary>A value that is no secret, short enough for one line.</summary>
    public static string Shown(string value) => $"\"{(value.Length <= MaxShown ? value : value[..MaxShown] + "…")}\"";

    /// <summary>A web address of scheme, host and port only; null when the text is anything else.</summary>
    public static Uri? Origin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            ? uri
            : null;
}
