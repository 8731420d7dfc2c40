using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class CookieHeaderTests
{
    private static readonly string?[][] Headers =
    [
        [], [""], [null], ["p=1"], ["p=1; q=2"], ["q=2; p=1"], ["q=2;p=1"], ["q=2;  p=1 ; r=3"], ["xp=1"], ["p=1; xp=2"], ["px=2; p=1"], ["q=p=3; p=1"], ["q=p"], ["p"],
        ["p="], ["p=1; p=2"], ["p=1", "p=2"], ["p=1", "q=2"], ["p=a.b-c_d=="], ["p =1"], ["q=2; p"], [";p=1;"], ["P=1"], ["=p=1"],
    ];

    [TestCaseSource(nameof(Headers))]
    public void A_cookie_is_found_as_the_framework_finds_it(params string?[] header)
    {
        // But for one point: the framework also takes a name in other letters, or with a space after it, which is another cookie.
        var request = new DefaultHttpContext().Request;
        request.Headers.Cookie = new StringValues(header);
        var expected = request.Cookies["p"] is { Length: > 0 } value && header.Any(one => one!.Contains("p=", StringComparison.Ordinal)) ? value : null;

        Assert.That(CookieHeader.Read(request, "p"), Is.EqualTo(expected));
        Assert.That(CookieHeader.Has(request, "p"), Is.EqualTo(expected is not null));
    }
}
