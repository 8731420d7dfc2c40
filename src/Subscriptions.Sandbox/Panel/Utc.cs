using System.Globalization;

namespace Subscriptions.Sandbox.Panel;

/// <summary>Times as the panel tells them.</summary>
internal static class Utc
{
    /// <summary>For people.</summary>
    public static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("ddd d MMMM yyyy, HH:mm", CultureInfo.GetCultureInfo("en-GB")) + " UTC";
}
