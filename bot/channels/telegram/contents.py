"""What a message can hold besides words, and what comes along with any message.

Telegram adds to it all the time. Whatever is not named here is taken for something that somebody
sent, and gets an answer; the chat's own news (a message was pinned, …) get none.
"""

from collections.abc import Set

from bot.conversation.events import Medium

MEDIA = {
    "sticker": Medium.STICKER,
    "voice": Medium.VOICE,
    "venue": Medium.LOCATION,
    "location": Medium.LOCATION,
    "contact": Medium.CONTACT,
    "video": Medium.FILE,
    "audio": Medium.FILE,
}
"""What has a sentence of its own, by its name in the Bot API; the first one counts."""

ABOUT = """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
    sender_business_bot sender_tag date business_connection_id chat forward_origin is_topic_message
    is_automatic_forward reply_to_message external_reply quote reply_to_story
    reply_to_checklist_task_id reply_to_poll_option_id via_bot edit_date has_protected_content
    is_from_offline is_paid_post media_group_id author_signature paid_star_count text entities
    link_preview_options suggested_post_info effect_id caption caption_entities
    show_caption_above_media has_media_spoiler reply_markup guest_bot_caller_user
    guest_bot_caller_chat guest_query_id
"""
"""What is said about a message, whatever it holds."""

CHAT_NEWS = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo
    group_chat_created supergroup_chat_created channel_chat_created
    message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message
    refunded_payment users_shared chat_shared gift unique_gift gift_upgrade_sent connected_website
    write_access_allowed proximity_alert_triggered boost_added chat_background_set
    chat_owner_changed chat_owner_left checklist_tasks_done checklist_tasks_added
    direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway giveaway_winners giveaway_completed managed_bot_created paid_message_price_changed
    poll_option_added poll_option_deleted suggested_post_approved suggested_post_approval_failed
    suggested_post_declined suggested_post_paid suggested_post_refunded video_chat_scheduled
    video_chat_started video_chat_ended video_chat_participants_invited web_app_data
"""
"""What the chat itself tells: nobody said it."""

NO_CONTENT = frozenset(f"{ABOUT} {CHAT_NEWS}".split())


def medium_in(names: Set[str]) -> Medium | None:
    """What a message without a text holds, by the names of what is in it; None for no content."""
    for name, medium in MEDIA.items():
        if name in names:
            return medium
    return Medium.OTHER if names - NO_CONTENT else None
