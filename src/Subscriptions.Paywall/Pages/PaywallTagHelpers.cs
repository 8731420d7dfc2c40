using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Subscriptions.Paywall;

/// <summary><c>&lt;paywall-notice /&gt;</c>: the notice about a payment problem, if one is due; stands above the article.</summary>
[HtmlTargetElement("paywall-notice", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PaywallNoticeTagHelper : TagHelper
{
    /// <summary>The level of its heading, 1 to 6; 2 if absent.</summary>
    public int HeadingLevel { get; set; } = 2;

    /// <summary>The view that it stands in.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.TagName = null;
        output.Content.SetHtmlContent(await PaywallMarkup.NoticeAsync(ViewContext.HttpContext, HeadingLevel));
    }
}

/// <summary><c>&lt;paywall-offer /&gt;</c>: what a refused reader can do; nothing for a reader who may read.</summary>
[HtmlTargetElement("paywall-offer", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PaywallOfferTagHelper : TagHelper
{
    /// <summary>The level of its heading, 1 to 6; 2 if absent.</summary>
    public int HeadingLevel { get; set; } = 2;

    /// <summary>The view that it stands in.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.TagName = null;
        output.Content.SetHtmlContent(PaywallMarkup.Offer(ViewContext.HttpContext, HeadingLevel));
    }
}

/// <summary><c>&lt;paywall-gift /&gt;</c>: a button by which a subscriber gives the article; nothing for anybody else.</summary>
[HtmlTargetElement("paywall-gift", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PaywallGiftTagHelper : TagHelper
{
    /// <summary>The view that it stands in.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.TagName = null;
        output.Content.SetHtmlContent(PaywallMarkup.Gift(ViewContext.HttpContext));
    }
}
