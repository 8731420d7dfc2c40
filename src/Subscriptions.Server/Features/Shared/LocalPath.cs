namespace Subscriptions.Server.Features.Shared;

/// <summary>Addresses of this service to which a person may be led on after signing in.</summary>
public static class LocalPath
{
    private const int Longest = 4_000;

    /// <summary>
    /// The text itself when it is a path (with query) of this service in every browser's reading: one leading slash, no
    /// backslash, and visible ASCII only, since browsers drop tabs and line breaks and the Location header carries nothing
    /// else. Otherwise null.
    /// </summary>
    public static string? Checked(string? to) =>
        to is ['/', ..] and not ['/', '/', ..] && to.Length <= Longest
        && !to.Contains('\\', StringComparison.Ordinal) && to.All(c => c is > ' ' and < '\x7f')
            ? to
            : null;
}
