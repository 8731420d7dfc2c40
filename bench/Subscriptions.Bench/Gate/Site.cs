using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Html;
using Subscriptions.Paywall;

namespace Subscriptions.Bench.Gate;

/// <summary>A website with one article of 20 KB, rendered anew for every request.</summary>
internal static class Site
{
    public const string Article = "/article";

    public const string LastWords = "and the lamp stayed lit.";

    private const int Paragraphs = 40;

    // 40 paragraphs of 500 letters: 20 KB with the frame.
    private static readonly string[] Text =
        [.. Enumerable.Range(1, Paragraphs).Select(n => $"{n}. " + string.Concat(Enumerable.Repeat("The river rose past the third mark on the old mill, ", 10))[..490])];

    /// <summary>Names the reader, where the website has accounts of its own.</summary>
    public const string ReaderHeader = "X-Reader";

    /// <summary>Serves it: gated by the service at an address, or, without one, to everybody.</summary>
    /// <param name="byHeader">Whether a header names the reader, instead of a pass.</param>
    public static Task RunAsync(string? service, bool byHeader)
    {
        var builder = Child.NewBuilder();
        builder.Services.AddRouting();
        if (service is null)
        {
            var plain = builder.Build();
            plain.MapGet(Article, context => Render(context, notice: null));
            return Child.ServeAsync(plain);
        }

        builder.Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        builder.Services.AddPaywall(options =>
        {
            (options.ServiceAddress, options.SiteId, options.SiteKey) = (service, StubService.SiteId, StubService.SiteKey);
            if (byHeader)
                options.ReaderIdResolver = context => context.Request.Headers[ReaderHeader];
        });
        var gated = builder.Build();
        gated.UseRouting();
        gated.UsePaywall();
        gated.MapGet(Article, RenderWithNoticeAsync).RequireSubscriber();
        return Child.ServeAsync(gated);
    }

    private static async Task RenderWithNoticeAsync(HttpContext context) => await Render(context, await PaywallMarkup.NoticeAsync(context));

    private static Task Render(HttpContext context, IHtmlContent? notice)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        var page = context.Response.BodyWriter;
        Write("<!doctype html><html lang=\"en\"><head><title>The old mill</title></head><body>");
        notice?.WriteTo(new PageWriter(page), HtmlEncoder.Default);
        Write("<article><h1>The old mill</h1>");
        foreach (var paragraph in Text)
        {
            Write("<p>");
            Write(paragraph);
            Write("</p>\n");
        }

        Write($"<p>{LastWords}</p></article></body></html>");
        return page.FlushAsync().AsTask();

        void Write(string text) => Encoding.UTF8.GetBytes(text, page);
    }

    // As Razor does it: what is rendered goes straight into the response.
    private sealed class PageWriter(PipeWriter page) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Encoding.UTF8.GetBytes([value], page);

        public override void Write(string? value) => Encoding.UTF8.GetBytes(value, page);
    }
}
