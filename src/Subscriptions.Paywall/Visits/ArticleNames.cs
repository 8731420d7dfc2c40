using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// Names the article of a request, for meters and gift links: its path in one way of writing it, so that case, encoding, doubled and
/// trailing slashes, and whatever stands in the query make no second article of it.
/// </summary>
internal sealed class ArticleNames(IOptions<PaywallOptions> options)
{
    private const int Longest = 500;
    private readonly Func<HttpContext, string?>? _resolver = options.Value.ArticleResolver;

    public string Of(HttpContext context) =>
        _resolver?.Invoke(context) is { Length: > 0 and <= Longest } own ? own : MeterRule.NameOf((context.Request.PathBase + context.Request.Path).Value);
}
