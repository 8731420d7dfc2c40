namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads keys that others present to us, in clear or as hashes. No message repeats one.</summary>
internal static class KeySection
{
    /// <summary>Shorter keys can be guessed.</summary>
    private const int MinLength = 16;

    private const int MaxLength = 256;
    private const string HashWords = "the SHA-256 of the key as 64 hexadecimal digits";

    /// <summary>A site's key: <c>KeySha256</c>, or <c>Key</c> in clear.</summary>
    public static KeyHash? ReadSiteKey(SettingsReader read, string entry)
    {
        var hash = read.Optional($"{entry}:KeySha256");
        var key = read.Optional($"{entry}:Key");
        if (hash is not null && key is not null)
        {
            read.Fail($"{entry}:Key", $"is set beside {entry}:KeySha256. Remove one of them.");
            return null;
        }

        if (hash is not null)
        {
            return FromHex(read, $"{entry}:KeySha256", hash);
        }

        if (key is null)
        {
            read.Fail($"{entry}:KeySha256", $"is missing. Write {HashWords} with which this website's middleware calls us (or the key itself as {entry}:Key).");
            return null;
        }

        return FromClear(read, $"{entry}:Key", key);
    }

    /// <summary>A key in clear, or its hash after <c>sha256:</c>.</summary>
    public static KeyHash? ReadEither(SettingsReader read, string setting, string text) =>
        text.StartsWith("sha256:", StringComparison.Ordinal) ? FromHex(read, setting, text["sha256:".Length..]) : FromClear(read, setting, text);

    private static KeyHash? FromHex(SettingsReader read, string setting, string text)
    {
        var hash = KeyHash.FromHex(text);
        if (hash is null)
        {
            read.Fail(setting, $"is no such hash. Write {HashWords}.");
        }

        return hash;
    }

    private static KeyHash? FromClear(SettingsReader read, string setting, string text)
    {
        if (text.Length is >= MinLength and <= MaxLength && text.All(c => c is > ' ' and < '\u007f'))
        {
            return KeyHash.Of(text);
        }

        read.Fail(setting, $"is no usable key. Write {MinLength} to {MaxLength} random characters without spaces.");
        return null;
    }
}
