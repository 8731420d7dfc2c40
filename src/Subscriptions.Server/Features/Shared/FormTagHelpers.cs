using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Subscriptions.Server.Features.Shared;

/// <summary>A labelled field with its hint and what is wrong with it, tied together for screen readers.</summary>
[HtmlTargetElement("text-field", TagStructure = TagStructure.WithoutEndTag)]
public sealed class TextFieldTagHelper : TagHelper
{
    /// <summary>The page's property.</summary>
    public required ModelExpression For { get; set; }

    /// <summary>Its name on screen.</summary>
    public required string Label { get; set; }

    /// <summary>The type of the input; a password is never shown again.</summary>
    public string Type { get; set; } = "text";

    /// <summary>What browsers may fill in.</summary>
    public string? Autocomplete { get; set; }

    /// <summary>A sentence under the label.</summary>
    public string? Hint { get; set; }

    /// <summary>The view.</summary>
    [ViewContext, HtmlAttributeNotBound]
    public required ViewContext View { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var name = FieldName(For.Name);
        var wrong = View.ViewData.ModelState.TryGetValue(For.Name, out var entry) && entry.Errors is [var first, ..] ? first.ErrorMessage : null;
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", wrong is null ? "field" : "field has-error");
        output.Content.AppendHtml(Tag("label", Label, ("for", name)));
        AppendIf(output, Hint, "hint", $"{name}-hint");
        AppendIf(output, wrong, "wrong", $"{name}-wrong");
        output.Content.AppendHtml(Input(name, wrong is not null));
    }

    /// <summary>The name of a field in forms: the property's, in camel case.</summary>
    public static string FieldName(string property) => JsonNamingPolicy.CamelCase.ConvertName(property);

    private TagBuilder Input(string name, bool isWrong)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.Attributes["id"] = name;
        input.Attributes["name"] = name;
        input.Attributes["type"] = Type;
        if (Type != "password" && For.Model is string { Length: > 0 } value)
        {
            input.Attributes["value"] = value;
        }

        if (Autocomplete is not null)
        {
            input.Attributes["autocomplete"] = Autocomplete;
        }

        var described = string.Join(' ', new[] { isWrong ? $"{name}-wrong" : null, Hint is null ? null : $"{name}-hint" }.OfType<string>());
        if (described.Length > 0)
        {
            input.Attributes["aria-describedby"] = described;
        }

        if (isWrong)
        {
            input.Attributes["aria-invalid"] = "true";
        }

        return input;
    }

    private static void AppendIf(TagHelperOutput output, string? text, string style, string id)
    {
        if (text is not null)
        {
            output.Content.AppendHtml(Tag("span", text, ("class", style), ("id", id)));
        }
    }

    private static TagBuilder Tag(string name, string text, params (string Name, string Value)[] attributes)
    {
        var tag = new TagBuilder(name);
        foreach (var (attribute, value) in attributes)
        {
            tag.Attributes[attribute] = value;
        }

        tag.InnerHtml.Append(text);
        return tag;
    }
}

/// <summary>All that is wrong with a form, on top of it, each with a link to its field. Nothing when all is well.</summary>
[HtmlTargetElement("error-summary", TagStructure = TagStructure.WithoutEndTag)]
public sealed class ErrorSummaryTagHelper : TagHelper
{
    /// <summary>The view.</summary>
    [ViewContext, HtmlAttributeNotBound]
    public required ViewContext View { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (View.ViewData.ModelState.IsValid)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "notice alert");
        output.Attributes.SetAttribute("role", "alert");
        output.Attributes.SetAttribute("tabindex", "-1");
        output.Attributes.SetAttribute("autofocus", "autofocus");
        output.Content.AppendHtml("<h2>There is a problem</h2>");
        var list = new TagBuilder("ul");
        foreach (var (key, entry) in View.ViewData.ModelState)
        {
            foreach (var error in entry.Errors)
            {
                list.InnerHtml.AppendHtml(Item(key, error));
            }
        }

        output.Content.AppendHtml(list);
    }

    private static TagBuilder Item(string key, ModelError error)
    {
        var text = error.ErrorMessage.Length > 0 ? error.ErrorMessage : "This was not understood.";
        var item = new TagBuilder("li");
        if (key.Length == 0)
        {
            item.InnerHtml.Append(text);
            return item;
        }

        var link = new TagBuilder("a");
        link.Attributes["href"] = "#" + TextFieldTagHelper.FieldName(key);
        link.InnerHtml.Append(text);
        item.InnerHtml.AppendHtml(link);
        return item;
    }
}
