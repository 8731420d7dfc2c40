using System.Net;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Checks the settings at start. Each failure names the setting and says what to write there.</summary>
internal sealed class PaywallOptionsValidator : IValidateOptions<PaywallOptions>
{
    private const int FewestEntries = 100;
    private const int MostEntries = 5_000_000;
    private const int LongestSiteId = 40;

    public ValidateOptionsResult Validate(string? name, PaywallOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures =
        [
            .. options.BindingFailures.Select(failure => $"{failure} Durations are written hours:minutes:seconds, such as \"06:00:00\"; counts as whole numbers; switches as true or false."),
            .. options.UnknownSettings.Select(UnknownFailure).Concat(Failures(options)).Concat(RuleFailures(options)).Select(text => $"{options.SettingsPath}:{text}"),
        ];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    // Its value is not repeated: it may be the key itself under a name that was misspelt.
    private static string UnknownFailure(string name) => $"{name} is no setting of the paywall: write its name as the documentation does, or take it out.";

    private static IEnumerable<string> Failures(PaywallOptions options)
    {
        if (!IsServiceAddress(options.ServiceAddress) && !(options.InternalAddress is not null && IsOrigin(options.ServiceAddress)))
            yield return $"ServiceAddress is '{options.ServiceAddress}': write the subscription service's address, https://… "
                         + "(http:// only on this machine), without path and query.";
        if (options.InternalAddress is { } inside && !IsOrigin(inside))
            yield return $"InternalAddress is '{inside}': write scheme, host and port only, such as http://subscriptions.internal:8080, or leave it out.";
        if (!IsSiteId(options.SiteId))
            yield return $"SiteId is '{options.SiteId}': write the id under which this website is registered at the service, "
                         + $"1 to {LongestSiteId} of a-z, 0-9 and '-', a letter first.";
        if (string.IsNullOrWhiteSpace(options.SiteKey) || options.SiteKey.Any(c => c is <= ' ' or > '~'))
            yield return "SiteKey is missing or holds spaces: write the website's key from the service, best as the environment variable "
                         + $"{options.SettingsPath.Replace(":", "__", StringComparison.Ordinal)}__SiteKey.";
        if (options.SiteAddress is { } origin && !IsOrigin(origin))
            yield return $"SiteAddress is '{origin}': write scheme, host and port only, as registered at the service "
                         + "(https://www.example.org), or leave it out.";
        if (options.CookiePrefix is { } prefix && (prefix.Length is 0 or > LongestSiteId || !prefix.All(IsCookieLetter)))
            yield return $"CookiePrefix is '{prefix}': write 1 to {LongestSiteId} letters, digits, '_' or '-', or leave it out.";
        if (options.OfferPath is { } offer && !LocalPath.IsLocal(offer))
            yield return $"OfferPath is '{offer}': write a path of this website that begins with one '/', or leave it out.";
        if (options.StyleSheet is { } sheet && !LocalPath.IsLocal(sheet))
            yield return $"StyleSheet is '{sheet}': write a path of this website that begins with one '/', or leave it out.";
        if (options.SignInPath is { } signIn && !LocalPath.IsLocal(signIn))
            yield return $"SignInPath is '{signIn}': write a path of this website that begins with one '/', or leave it out.";
        if (options.RegionHeader is { } header && (header.Length is 0 or > 64 || !header.All(IsCookieLetter)))
            yield return $"RegionHeader is '{header}': write the name of a header, such as X-Region, or leave it out.";
        if (options is { EdgePass: true, ReaderIdResolver: not null })
            yield return "EdgePass is true, but readers sign in at this website (ReaderIdResolver), and the service issues edge passes to readers who "
                         + "sign in at the service only: write false, or leave it out.";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
            yield return $"TimeZone is '{options.TimeZone}': write a name of the time zone database, such as Europe/London.";
        foreach (var failure in LimitFailures(options))
            yield return failure;
    }

    private static IEnumerable<string> LimitFailures(PaywallOptions options)
    {
        if (options.RequestTimeout < TimeSpan.FromSeconds(0.1) || options.RequestTimeout > TimeSpan.FromSeconds(10))
            yield return $"RequestTimeout is {options.RequestTimeout}: write 00:00:00.1 to 00:00:10 (hours:minutes:seconds).";
        if (options.StaleFor < TimeSpan.Zero || options.StaleFor > TimeSpan.FromHours(24))
            yield return $"StaleFor is {options.StaleFor}: write 00:00:00 to 1.00:00:00, such as 06:00:00 for six hours.";
        if (options.KnownFor < TimeSpan.Zero || options.KnownFor > TimeSpan.FromDays(7))
            yield return $"KnownFor is {options.KnownFor}: write 00:00:00 to 7.00:00:00, such as 1.00:00:00 for a day.";
        if (options.CacheEntries is < FewestEntries or > MostEntries)
            yield return $"CacheEntries is {options.CacheEntries}: write {FewestEntries} to {MostEntries} readers.";
        if (options.RememberedPasses is < FewestEntries or > MostEntries)
            yield return $"RememberedPasses is {options.RememberedPasses}: write {FewestEntries} to {MostEntries} passes.";
    }

    private static IEnumerable<string> RuleFailures(PaywallOptions options)
    {
        for (var i = 0; i < options.Rules.Count; i++)
        {
            if (!PathRules.IsPattern(options.Rules[i].Path))
                yield return $"Rules:{i}:Path is '{options.Rules[i].Path}': write a path that begins with '/', with '*' for one segment "
                             + "and '**' only as the last one, such as /archive/**.";
            if (!Requirement.TryParse(options.Rules[i].Requires, out _))
                yield return $"Rules:{i}:Requires is '{options.Rules[i].Requires}': write free, registered, metered, subscriber "
                             + "or subscriber:name.";
        }
    }

    private static bool IsServiceAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && uri.Fragment == "" && uri.UserInfo == ""
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsThisMachine(uri)));

    private static bool IsThisMachine(Uri uri) =>
        uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/"
        && uri.Fragment == "" && uri.UserInfo == "";

    // The service's own rule for the ids of its sites.
    private static bool IsSiteId(string text) =>
        text.Length is > 0 and <= LongestSiteId && char.IsAsciiLetterLower(text[0]) && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsCookieLetter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
